//! What pages ask, and what they ask for.

use serde_json::{Value, json};

use super::address::Address;
use super::render::Note;
use super::{PageId, World};

const ANSWERS_KEPT: usize = 256;

/// A refused query: server status and its text.
type Answer = Result<Value, (u16, &'static str)>;

impl World {
    /// A query. One that is asked again after a lost connection gets the answer it got, and is not done twice.
    pub(super) fn request(&mut self, page: PageId, frame: &Value) {
        let asker = self.pages.get(&page);
        let socket = asker.map_or(0, |p| p.socket);
        let given = asker.and_then(|p| p.answers.iter().find(|(s, a)| *s < socket && a["id"] == frame["id"]));
        if let Some((_, given)) = given {
            let given = given.clone();
            self.send(page, given);
            return;
        }
        let (id, op, args) = (&frame["id"], frame["op"].as_str().unwrap_or_default(), &frame["args"]);
        let answer = match self.query_fault(page, op) {
            Some((status, text)) => Err((status, text)),
            None => self.answer(page, op, args).map_err(|(status, text)| (status, text.to_owned())),
        };
        let frame = match answer {
            Ok(value) => json!({"t": "res", "id": id, "ok": value}),
            Err((status, text)) => json!({"t": "res", "id": id, "err": {"status": status, "text": text}}),
        };
        if let Some(asker) = self.pages.get_mut(&page) {
            asker.answers.push_back((socket, frame.clone()));
            if asker.answers.len() > ANSWERS_KEPT {
                asker.answers.pop_front();
            }
        }
        self.send(page, frame);
    }

    fn answer(&mut self, page: PageId, op: &str, args: &Value) -> Answer {
        match op {
            "exists" => self.exists(page, args),
            "contact" => self.contact(args),
            "pairing_code" => self.pairing_code(page, args),
            "media_conn" => Ok(json!({"url": "/media"})),
            "upload" => self.upload(args),
            "group_create" => self.create_group(page, args),
            "group_info" => self.group_info(args),
            "group_change" => self.page_changes_group(page, args),
            "edit" => self.edit(page, args),
            "revoke" => self.revoke(page, args),
            "react" => self.react(page, args),
            "call_reject" => self.reject_call(page, args),
            "profile_pic" => Ok(Value::Null),
            "status" => Ok(json!({"status": ""})),
            _ => Err((501, "feature-not-implemented")),
        }
    }

    fn exists(&mut self, page: PageId, args: &Value) -> Answer {
        let asked = args["phone"].as_str().or(args["lid"].as_str()).ok_or((400, "bad-request"))?;
        // Numbers come with the plus sign of the phone query.
        let address = Address::parse(asked.trim_start_matches('+')).map_err(|_| (400, "bad-request"))?;
        let found = self.lookup(&address);
        let event = json!({"page": self.page_name(page), "query": address.to_string(), "found": found.is_some()});
        self.event("query.exists", event);
        let account = found.and_then(|id| self.accounts.get(id));
        Ok(account.map_or(Value::Null, |a| json!({"wid": a.pn(), "lid": a.lid_wid(), "biz": a.business})))
    }

    fn contact(&mut self, args: &Value) -> Answer {
        let wid = args["wid"].as_str().ok_or((400, "bad-request"))?;
        let address = Address::parse(wid).map_err(|_| (400, "bad-request"))?;
        let account = self.accounts.find(&address).and_then(|id| self.accounts.get(id));
        Ok(account.map_or(Value::Null, super::accounts::Account::show_contact))
    }

    /// The message that a page's query is about.
    fn target(&self, args: &Value) -> Result<String, (u16, &'static str)> {
        let text = args["id"].as_str().or(args["key"].as_str()).ok_or((400, "bad-request"))?;
        self.find_message(text).map(|r| r.id.clone()).map_err(|_| (404, "item-not-found"))
    }

    fn edit(&mut self, page: PageId, args: &Value) -> Answer {
        let id = self.target(args)?;
        let body = args["body"].as_str().ok_or((400, "bad-request"))?.to_owned();
        self.note_edit(&id, &body);
        if let Some(record) = self.records.get_mut(&id) {
            record.edited = Some(body.clone());
        }
        let event =
            json!({"id": id, "key": args["key"], "chat": args["chat"], "body": body, "page": self.page_name(page)});
        self.event("edit.received", event);
        let t = self.unix_seconds();
        let from = self.pages.get(&page).and_then(|p| p.device);
        self.tell_chat(&id, from, &Note::Edit { message: id.clone(), body, t });
        Ok(json!({"at": t}))
    }

    fn revoke(&mut self, page: PageId, args: &Value) -> Answer {
        let id = self.target(args)?;
        self.note_revoke(&id);
        let event = json!({"id": id, "key": args["key"], "chat": args["chat"], "page": self.page_name(page)});
        self.event("revoke.received", event);
        let t = self.unix_seconds();
        let from = self.pages.get(&page).and_then(|p| p.device);
        let revoke_id = self.ids.message();
        self.tell_chat(&id, from, &Note::Revoke { message: id.clone(), revoke_id, t });
        Ok(json!({"at": t}))
    }

    fn react(&mut self, page: PageId, args: &Value) -> Answer {
        let id = self.target(args)?;
        let emoji = args["emoji"].as_str().ok_or((400, "bad-request"))?.to_owned();
        let device = self.pages.get(&page).and_then(|p| p.device).ok_or((401, "not-authorized"))?;
        self.note_reaction(&id, "me", &emoji);
        let event = json!({
            "parent": id, "key": args["key"], "chat": args["chat"], "emoji": emoji, "page": self.page_name(page),
        });
        self.event("reaction.received", event);
        let t = self.unix_seconds();
        let note = Note::Reaction { message: id.clone(), from: device.account, emoji, t };
        self.tell_chat(&id, Some(device), &note);
        Ok(json!({"at": t}))
    }
}
