//! What the library does not know yet is passed on as it is.

use serde_json::json;
use wa_client::Event;

use crate::FRIEND;
use crate::support::Rig;

#[tokio::test]
async fn messages_of_unknown_types_with_unknown_fields_come_through() {
    let rig = Rig::start().await;
    let (client, mut events) = rig.ready().await;
    for kind in ["unknown", "x_hologram"] {
        let message = json!({
            "from": FRIEND, "type": kind, "body": "of tomorrow",
            "extra": {"depth": 3, "layers": [{"a": 1}], "isHologram": true, "ephemeralSettings": {"n": null}},
        });
        let posted = rig.sim.messages(message).await.unwrap();
        let id = &posted.messages[0].id;
        let envelope =
            events.wait(kind, |event| matches!(event, Event::Message(message) if message.id.as_str() == id)).await;
        let Event::Message(message) = &envelope.event else { unreachable!("it was asked for") };
        assert_eq!((message.kind.as_str(), message.from_me, message.has_media), (kind, false, false));
        assert_eq!(message.chat.as_str(), message.key.as_str().split('_').nth(1).unwrap_or_default());
        assert_eq!(message.phone.as_ref().map(|phone| phone.digits()), Some(FRIEND));
    }
    // The known ones go on.
    let sent = client.send_message(FRIEND, "still here").await.unwrap();
    assert_eq!(rig.sim.outbox_by_id(sent.id.as_str()).await.unwrap().total, 1);
    rig.stop(client).await;
}
