//! Which call does what.

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::Input;
use crate::failure::Reply;
use crate::world::World;
use crate::world::accounts::AccountSpec;

pub(super) enum Action {
    /// Done at once, alone.
    Now(fn(&mut World, Input) -> Reply),
    Scan,
    Messages,
    Events,
}

use Action::{Events, Messages, Now, Scan};

pub(super) static ROUTES: &[(&str, &str, Action)] = &[
    ("GET", "/sim/health", Now(|w, i| read(i, || w.health()))),
    ("POST", "/sim/reset", Now(reset)),
    ("GET", "/sim/config", Now(|w, i| read(i, || w.show_config()))),
    ("PATCH", "/sim/config", Now(|w, i| w.patch_config(i.object()?))),
    ("GET", "/sim/state", Now(|w, i| read(i, || w.show_state()))),
    ("POST", "/sim/phone/scan", Scan),
    ("POST", "/sim/phone/pair", Now(|w, i| w.pair(&i.body()?))),
    ("POST", "/sim/phone/unlink", Now(unlink)),
    ("POST", "/sim/accounts", Now(accounts)),
    ("GET", "/sim/accounts", Now(|w, i| read(i, || w.show_accounts()))),
    ("DELETE", "/sim/accounts", Now(delete_account)),
    ("POST", "/sim/chats", Now(|w, i| w.post_chats(&i.body()?))),
    ("POST", "/sim/groups", Now(|w, i| w.post_group(&i.body()?))),
    ("GET", "/sim/groups", Now(|w, i| read(i, || w.show_groups()))),
    ("POST", "/sim/groups/participants", Now(|w, i| w.change_group(&i.body()?))),
    ("POST", "/sim/messages", Messages),
    ("POST", "/sim/reactions", Now(|w, i| w.post_reaction(&i.body()?))),
    ("POST", "/sim/edits", Now(|w, i| w.post_edit(&i.body()?))),
    ("POST", "/sim/revokes", Now(|w, i| w.post_revoke(&i.body()?))),
    ("POST", "/sim/typing", Now(|w, i| w.post_typing(&i.body()?))),
    ("POST", "/sim/presence", Now(|w, i| w.post_presence(&i.body()?))),
    ("POST", "/sim/calls", Now(|w, i| w.post_call(&i.body()?))),
    ("POST", "/sim/calls/end", Now(|w, i| w.end_call(&i.body()?))),
    ("GET", "/sim/outbox", Now(outbox)),
    ("GET", "/sim/outbox/summary", Now(summary)),
    ("DELETE", "/sim/outbox", Now(clear_outbox)),
    ("PUT", "/sim/acks", Now(|w, i| Ok(w.put_acks(i.body()?)))),
    ("GET", "/sim/acks", Now(|w, i| read(i, || w.show_acks()))),
    ("POST", "/sim/acks", Now(|w, i| w.post_ack(&i.body()?))),
    ("PUT", "/sim/qr", Now(|w, i| w.put_qr(&i.body()?))),
    ("GET", "/sim/qr", Now(|w, i| read(i, || w.show_qr()))),
    ("POST", "/sim/qr/rotate", Now(|w, i| w.qr_rotate(&i.body()?))),
    ("POST", "/sim/qr/expire", Now(|w, i| w.qr_expire(&i.body()?))),
    ("POST", "/sim/qr/refresh", Now(|w, i| w.qr_refresh(&i.body()?))),
    ("PUT", "/sim/network", Now(|w, i| w.put_network(&i.body()?))),
    ("POST", "/sim/socket", Now(|w, i| w.put_socket(i.body()?))),
    ("POST", "/sim/faults", Now(|w, i| w.post_fault(i.map()?))),
    ("GET", "/sim/faults", Now(|w, i| read(i, || w.show_faults()))),
    ("DELETE", "/sim/faults", Now(delete_faults)),
    ("GET", "/sim/events", Events),
    // Beyond contract 1.
    ("POST", "/sim/phone/delete", Now(|w, i| w.post_delete(&i.body()?))),
    ("POST", "/sim/qr/secret", Now(|w, i| w.qr_secret(&i.body()?))),
    ("POST", "/sim/stream_end", Now(|w, i| w.post_stream_end(i.body()?))),
];

/// A call that only looks.
fn read(input: Input, show: impl FnOnce() -> Value) -> Reply {
    input.nothing_left()?;
    Ok(show())
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Pages {
    #[default]
    Close,
    Keep,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    seed: Option<u64>,
    #[serde(default)]
    pages: Pages,
}

fn reset(world: &mut World, input: Input) -> Reply {
    let reset: Reset = input.body()?;
    world.reset(reset.seed, matches!(reset.pages, Pages::Keep))
}

fn unlink(world: &mut World, input: Input) -> Reply {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Unlink {
        phone: Option<String>,
        device: Option<u32>,
    }
    let body: Unlink = input.body()?;
    world.unlink(&crate::world::Target { page: None, phone: body.phone, device: body.device })
}

fn accounts(world: &mut World, input: Input) -> Reply {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        accounts: Vec<AccountSpec>,
    }
    let body = input.object()?;
    let specs =
        if body.get("accounts").is_some() { super::parse::<List>(body)?.accounts } else { vec![super::parse(body)?] };
    world.put_accounts(specs)
}

fn delete_account(world: &mut World, mut input: Input) -> Reply {
    let number: Option<String> = input.take("number")?;
    input.nothing_left()?;
    let number = number.ok_or_else(|| crate::failure::Failure::bad_request("parameter `number` is missing"))?;
    world.delete_account(&number)
}

fn outbox(world: &mut World, mut input: Input) -> Reply {
    let filter = crate::world::OutboxFilter {
        to: input.take("to")?,
        id: input.take("id")?,
        kind: input.take("type")?,
        since: input.take("since")?.unwrap_or(0),
        limit: input.take("limit")?,
        offset: input.take("offset")?.unwrap_or(0),
    };
    input.nothing_left()?;
    world.show_outbox(&filter)
}

fn summary(world: &mut World, mut input: Input) -> Reply {
    let prefix: Option<String> = input.take("prefix")?;
    input.nothing_left()?;
    Ok(world.outbox_summary(&prefix.unwrap_or_default()))
}

fn clear_outbox(world: &mut World, input: Input) -> Reply {
    input.nothing_left()?;
    world.clear_outbox();
    Ok(json!({}))
}

fn delete_faults(world: &mut World, mut input: Input) -> Reply {
    let fault: Option<String> = input.take("fault")?;
    input.nothing_left()?;
    world.delete_faults(fault.as_deref())
}
