//! An account is linked, stays linked over a restart, and is unlinked.

mod support;

use support::{Events, Rig, leak};
use wa_client::{ConnectionStatus, ErrorKind, Event};

#[tokio::test]
async fn a_scanned_code_links_the_account_and_a_restart_needs_none() {
    let rig = Rig::start().await;
    let client = rig.client();
    let mut events = Events::of(&client);
    client.initialize().await.unwrap();
    assert_eq!(client.connection_status().status, ConnectionStatus::QrReady);
    let qr = client.qr_code().await.expect("a code");
    leak::secret("QR payload", &qr.payload);
    assert!(rig.sim.scan(&qr.payload).await.unwrap().linked);
    events.wait("authenticated", |event| matches!(event, Event::Authenticated(data) if !data.restored)).await;
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    assert!(client.is_authenticated());
    assert_eq!(client.qr_code().await, None);
    let error = client.generate_qr_code().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyAuthenticated);
    client.disconnect().await.unwrap();
    assert_eq!(events.count("ready"), 1);

    client.initialize().await.unwrap();
    assert_ne!(client.connection_status().status, ConnectionStatus::QrReady);
    events.wait("authenticated", |event| matches!(event, Event::Authenticated(data) if data.restored)).await;
    events.wait("ready", |event| matches!(event, Event::Ready(_))).await;
    assert_eq!((events.count("qr"), events.count("ready")), (1, 2));
    rig.stop(client).await;
}
