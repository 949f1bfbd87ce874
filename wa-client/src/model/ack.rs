use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How far a message has come. JSON is the number (module `WAWebAck`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i8)]
pub enum Ack {
    /// Refused by the server, or given up by the page.
    Failed = -1,
    /// In the page, not confirmed by the server.
    Pending = 0,
    /// The server has it.
    Server = 1,
    /// On a device of the recipient.
    Delivered = 2,
    /// Shown to the recipient.
    Read = 3,
    /// Played by the recipient (voice messages).
    Played = 4,
}

impl Ack {
    /// The number on the wire, -1 to 4.
    #[must_use]
    pub const fn level(self) -> i8 {
        self as i8
    }

    /// The name: `failed`, `pending`, `server`, `delivered`, `read`, `played`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::Server => "server",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Played => "played",
        }
    }

    /// From the page's number. Its several ways to fail (-6 to -1) are all [`Failed`](Self::Failed); what is above
    /// 4 (`PEER`, for the account's own devices) is [`Server`](Self::Server).
    #[must_use]
    pub const fn from_level(level: i64) -> Self {
        match level {
            ..0 => Self::Failed,
            0 => Self::Pending,
            1 | 5.. => Self::Server,
            2 => Self::Delivered,
            3 => Self::Read,
            4 => Self::Played,
        }
    }

    /// Whether a message at this level moves on to `next`: levels only rise, except to [`Failed`](Self::Failed).
    #[must_use]
    pub fn advances_to(self, next: Self) -> bool {
        next > self || (next == Self::Failed && self != Self::Failed)
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Ack {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i8(self.level())
    }
}

impl<'de> Deserialize<'de> for Ack {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from_level)
    }
}

/// What a send waits for before it answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SendUntil {
    /// The page has it; it goes out as soon as there is a connection.
    Queued,
    /// The server has it.
    #[default]
    Server,
    /// A device of the recipient has it.
    Delivered,
    /// The recipient has seen it. Never comes when the recipient hides read receipts.
    Read,
}

impl SendUntil {
    /// The level that ends the wait.
    #[must_use]
    pub const fn ack(self) -> Ack {
        match self {
            Self::Queued => Ack::Pending,
            Self::Server => Ack::Server,
            Self::Delivered => Ack::Delivered,
            Self::Read => Ack::Read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Ack; 6] = [Ack::Failed, Ack::Pending, Ack::Server, Ack::Delivered, Ack::Read, Ack::Played];

    #[test]
    fn levels_only_rise_except_to_failed() {
        for from in ALL {
            for to in ALL {
                let expected = from != to && (to == Ack::Failed || to.level() > from.level());
                assert_eq!(from.advances_to(to), expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn json_is_the_level() {
        for ack in ALL {
            let json = serde_json::to_string(&ack).unwrap();
            assert_eq!(json, ack.level().to_string());
            assert_eq!(serde_json::from_str::<Ack>(&json).unwrap(), ack);
        }
        assert_eq!(serde_json::from_str::<Ack>("-4").unwrap(), Ack::Failed);
        assert_eq!(serde_json::from_str::<Ack>("5").unwrap(), Ack::Server);
    }
}
