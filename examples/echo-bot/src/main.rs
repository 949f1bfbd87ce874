//! Answers every text message with the same text. `WHATSAPP_WEB_URL` takes it to a simulator.

use wa_client::{Client, Config, Event, EventEnvelope, Message, Result, qr};

#[tokio::main]
async fn main() -> Result<()> {
    let mut config = Config::default();
    if let Ok(url) = std::env::var("WHATSAPP_WEB_URL") {
        config.page_url = url;
    }
    let client = Client::builder().config(config).build()?;
    let events = client.events();
    // One for all rounds of the loop: a signal that comes while an answer is being sent is kept.
    let mut stop = std::pin::pin!(tokio::signal::ctrl_c());
    client.initialize().await?;
    loop {
        tokio::select! {
            envelope = events.next() => match envelope {
                Some(envelope) if !is_over(&envelope) => handle(&client, &envelope).await?,
                _ => break,
            },
            _ = &mut stop => break,
        }
    }
    client.shutdown().await;
    Ok(())
}

fn is_over(envelope: &EventEnvelope) -> bool {
    matches!(&envelope.event, Event::Disconnected(end) if !end.will_retry)
}

async fn handle(client: &Client, envelope: &EventEnvelope) -> Result<()> {
    match &envelope.event {
        Event::Qr(code) => println!("{}\nScan it with the phone.", qr::terminal(&code.payload)?),
        Event::Ready(_) => println!("Ready."),
        Event::Message(message) if message.kind == "chat" => echo(client, message).await,
        Event::Lagged(lagged) => eprintln!("{} events were lost", lagged.missed),
        _ => {}
    }
    Ok(())
}

async fn echo(client: &Client, message: &Message) {
    let text = message.body.as_deref().unwrap_or_default();
    // One failure must not end the bot. The error says what failed, and nothing about people.
    if let Err(error) = client.send_message(&message.chat, text).quoted(&message.key).await {
        eprintln!("not answered: {error}");
    }
}
