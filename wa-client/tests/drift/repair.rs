//! Other places that serve, and places that an operator names.

use serde_json::json;
use wa_client::{CapabilityStatus, ErrorKind};

use crate::FRIEND;
use crate::capabilities::all;
use crate::optional::works;
use crate::support::Rig;

/// Every capability that has a second place, and whose second place the simulated page has, is served from there.
#[tokio::test]
async fn the_next_place_serves_and_is_reported() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    let second: Vec<_> = all().into_iter().filter(|capability| capability.places.len() > 1).collect();
    for capability in &second {
        let (module, export) = &capability.places[0];
        rig.sim.fault(json!({"kind": "missing_export", "module": module, "export": export})).await.unwrap();
    }
    let (client, mut events) = rig.ready().await;
    works(&rig, &client, &mut events, "from other places").await;
    let report = client.doctor().await.unwrap();
    for capability in &second {
        let line = report.capabilities.iter().find(|line| line.name == capability.name).expect("every one is reported");
        assert_eq!(line.status, CapabilityStatus::Fallback, "{line:?}");
        let at = (line.module.clone().unwrap_or_default(), line.export.clone().unwrap_or_default());
        assert_eq!(at, capability.places[1], "{}", capability.name);
    }
    rig.stop(client).await;
}

/// A first place that is there and fails is passed over as well.
#[tokio::test]
async fn the_next_place_serves_when_the_first_fails() {
    let rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    for (module, export, kind) in [
        ("WAWebAdvSignatureApi", "getADVSecretKey", "never"),
        ("WAWebApiContact", "getPhoneNumber", "throw"),
        ("WAWebApiContact", "getCurrentLid", "throw"),
        ("WAWebMsgCollection", "MsgCollection.on", "throw"),
    ] {
        let fault = json!({"kind": kind, "module": module, "export": export, "drift": true});
        rig.sim.fault(fault).await.unwrap();
    }
    let (client, mut events) = rig.ready().await;
    works(&rig, &client, &mut events, "from other places").await;
    let report = client.doctor().await.unwrap();
    for name in ["number_of_lid", "lid_of_number", "messages"] {
        assert_eq!(report.status(name), Some(CapabilityStatus::Fallback), "{name}");
    }
    rig.stop(client).await;
}

#[tokio::test]
async fn an_override_repairs_a_rename() {
    let mut rig = Rig::start().await;
    rig.sim.accounts(json!([{"number": FRIEND}])).await.unwrap();
    for fault in [
        json!({"kind": "rename_export", "module": "WAWebSocketModel", "export": "Socket", "to": "SocketOfTomorrow"}),
        json!({"kind": "rename_module", "module": "WAWebSendMsgChatAction", "to": "WAWebSendMsgAction"}),
        json!({"kind": "rename_export", "module": "WAWebUserPrefsInfoStore", "export": "waNoiseInfo", "to": "noiseInfo"}),
    ] {
        rig.sim.fault(fault).await.unwrap();
    }
    let client = rig.client();
    let error = client.initialize().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IncompatiblePage);
    for missing in ["socket (WAWebSocketModel.Socket)", "noise_keys (WAWebUserPrefsInfoStore.waNoiseInfo)"] {
        assert!(error.missing().iter().any(|it| it == missing), "{missing}: {:?}", error.missing());
    }
    client.shutdown().await;

    rig.config.bridge_overrides = [
        ("socket", "WAWebSocketModel.SocketOfTomorrow"),
        ("send_message", "WAWebSendMsgAction.addAndSendMsgToChat"),
        ("noise_keys", "WAWebUserPrefsInfoStore.noiseInfo"),
    ]
    .map(|(name, place)| (name.to_owned(), vec![place.to_owned()]))
    .into();
    let (client, mut events) = rig.ready().await;
    works(&rig, &client, &mut events, "repaired").await;
    let report = client.doctor().await.unwrap();
    assert_eq!(report.missing(), Vec::<String>::new());
    let socket = report.capabilities.iter().find(|line| line.name == "socket").expect("it is reported");
    assert_eq!(socket.export.as_deref(), Some("SocketOfTomorrow"));
    rig.stop(client).await;
}
