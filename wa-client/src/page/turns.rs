//! Calls that reach the page in the order they were begun, although each is made by a task of its own.

use tokio::sync::oneshot;

/// Gives out turns.
#[derive(Default)]
pub(crate) struct Turns {
    last: Option<oneshot::Receiver<()>>,
}

/// A place behind the turns taken before it. It passes on to the next when it is dropped.
#[derive(Default)]
pub(crate) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _pass_on: Option<oneshot::Sender<()>>,
}

impl Turns {
    pub(crate) fn take(&mut self) -> Turn {
        let (pass_on, next) = oneshot::channel();
        Turn { before: self.last.replace(next), _pass_on: Some(pass_on) }
    }
}

impl Turn {
    /// Waits until nobody is before us.
    pub(super) async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: it ends when that turn is dropped.
            let _ = before.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_turn_comes_when_those_before_it_have_passed() {
        let mut turns = Turns::default();
        let (mut first, mut second, mut third) = (turns.take(), turns.take(), turns.take());
        assert!(first.come().now_or_never().is_some());
        assert!(second.come().now_or_never().is_none());
        drop(first);
        assert!(third.come().now_or_never().is_none(), "the second has not come yet");
        drop(second);
        assert!(third.come().now_or_never().is_some());
    }
}
