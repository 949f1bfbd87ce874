//! Numbered messages, what their callers are told, and whether it is true.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use wa_client::{Ack, Client, Error, MessageId, SentMessage};
use wa_client_sim::SimClient;

use crate::dice::Dice;
use crate::{FRIENDS, SETTLES, friend, pause};

/// A call may end so much later than its deadline says: machines are busy, and this one runs tests.
const SLACK: Duration = Duration::from_secs(10);

/// One call and its one answer.
pub(crate) struct Answer {
    id: MessageId,
    to: String,
    text: String,
    result: Result<SentMessage, Error>,
}

pub(crate) struct Outgoing {
    client: Client,
    dice: Dice,
    calls: JoinSet<Answer>,
    made: usize,
}

impl Outgoing {
    pub(crate) fn new(client: &Client, dice: Dice) -> Self {
        Self { client: client.clone(), dice, calls: JoinSet::new(), made: 0 }
    }

    /// Makes `count` calls, spread over the time, without waiting for their answers.
    pub(crate) async fn send(&mut self, count: u64, duration: Duration) {
        let began = Instant::now();
        for n in 0..count {
            self.call(n);
            let due = duration.mul_f64((n + 1) as f64 / count as f64);
            pause(due.saturating_sub(began.elapsed())).await;
        }
    }

    fn call(&mut self, n: u64) {
        let id = MessageId::from_random(self.dice.bytes());
        let (to, text) = (friend(self.dice.between(0..=FRIENDS - 1)), format!("number {n}"));
        // Some callers have little patience, and some give up.
        let deadline =
            Duration::from_millis(if self.dice.chance(40) { self.dice.between(500..=8_000) } else { 45_000 });
        let given_up = self.dice.chance(5).then(|| Duration::from_millis(self.dice.between(1..=2_000)));
        let client = self.client.clone();
        self.made += 1;
        self.calls.spawn(async move {
            let mut send = client.send_message(to.as_str(), text.as_str()).id(&id).deadline(deadline);
            if let Some(after) = given_up {
                send = send.cancelled_by(pause(after));
            }
            let answered = timeout(deadline + SLACK, send.into_future()).await;
            let result = answered.unwrap_or_else(|_| panic!("no answer to {text} {SLACK:?} after its deadline"));
            Answer { id, to, text, result }
        });
    }

    /// The answers, one to each call.
    pub(crate) async fn answers(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        while let Some(answer) = self.calls.join_next().await {
            answers.push(answer.expect("an answer"));
        }
        assert_eq!(answers.len(), self.made, "every call has one answer");
        answers
    }
}

fn told(answer: &Answer) -> String {
    match &answer.result {
        Ok(_) => "sent".to_owned(),
        Err(error) => {
            let left = if error.maybe_sent() == Some(true) { "maybe sent" } else { "not sent" };
            format!("{left} ({})", error.kind().code())
        }
    }
}

pub(crate) fn kinds(answers: &[Answer]) -> BTreeMap<String, usize> {
    let mut kinds = BTreeMap::new();
    for answer in answers {
        *kinds.entry(told(answer)).or_default() += 1;
    }
    kinds
}

/// How often the server got each message.
async fn outbox(sim: &SimClient) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for message in sim.outbox().await.expect("an outbox").messages {
        *counts.entry(message.id).or_default() += 1;
    }
    counts
}

/// Compares what callers were told with what the server has, settles what is in doubt, and sends once more what is said to be
/// safe to send again. Tells how the doubts were settled.
pub(crate) async fn prove(sim: &SimClient, client: &Client, answers: &[Answer]) -> BTreeMap<String, usize> {
    let before = outbox(sim).await;
    let mut wrong = Vec::new();
    let mut settled = BTreeMap::new();
    for answer in answers {
        let count = before.get(answer.id.as_str()).copied().unwrap_or_default();
        let allowed = match &answer.result {
            Ok(_) => 1..=1,
            Err(error) if error.maybe_sent() == Some(true) => 0..=1,
            Err(error) => {
                assert_eq!(error.maybe_sent(), Some(false), "an answer says whether it may have left: {error}");
                0..=0
            }
        };
        if !allowed.contains(&count) {
            wrong.push(format!("{}: {} and {count} × at the server", answer.text, told(answer)));
        }
        if answer.result.as_ref().is_err_and(|error| error.maybe_sent() == Some(true)) {
            let how = settle(client, answer, count == 1).await;
            if let Some(problem) = how.strip_prefix('!') {
                wrong.push(format!("{}: {problem}", answer.text));
            }
            *settled.entry(how).or_default() += 1;
        }
        again(client, answer).await;
    }
    assert!(wrong.is_empty(), "{} answers were not true:\n{}", wrong.len(), wrong.join("\n"));
    let after = outbox(sim).await;
    let twice: Vec<_> = after.iter().filter(|(_, count)| **count != 1).collect();
    assert!(twice.is_empty(), "more than one message: {twice:?}");
    assert_eq!(after.len(), answers.len(), "sent again, every message is there");
    let summary = sim.outbox_summary("").await.expect("a summary");
    assert_eq!((summary.total, summary.distinct_bodies), (answers.len() as u64, answers.len() as u64), "no text twice");
    settled
}

/// What a look-up by id says of a message that may have been sent.
async fn settle(client: &Client, answer: &Answer, at_the_server: bool) -> String {
    let status = client.message_status(&answer.id).await.expect("the page is there and answers");
    let name = status.map_or_else(|| "unknown to the page".to_owned(), |ack| ack.to_string());
    match status {
        Some(Ack::Failed) => format!("!a refusal that nobody made ({name})"),
        Some(ack) if ack >= Ack::Server && !at_the_server => format!("!the page takes it for sent ({name})"),
        _ => format!("{name} and {} at the server", if at_the_server { "is" } else { "not" }),
    }
}

/// The same id once more makes the message, or finds it.
async fn again(client: &Client, answer: &Answer) {
    let send = client.send_message(answer.to.as_str(), answer.text.as_str()).id(&answer.id).deadline(SETTLES);
    let sent = send.await.unwrap_or_else(|error| panic!("{} cannot be sent again: {error}", answer.text));
    assert!(sent.ack >= Ack::Server);
}
