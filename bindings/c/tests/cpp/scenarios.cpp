// The scenarios in C++17: scenarios NAME SIMULATOR DIRECTORY [OTHER].
#include <sys/stat.h>

#include <condition_variable>
#include <deque>
#include <map>
#include <stdexcept>

#include "../c/harness.h"
#include "wa_client.hpp"

namespace {

using std::string;
using Wanted = std::function<bool(const wa::Value &)>;
constexpr std::chrono::milliseconds patience(PATIENCE_MS);

Wanted any() {
  return [](const wa::Value &) { return true; };
}

Wanted at(const char *pointer, string text) {
  return [=](const wa::Value &event) { return event.text(pointer) == text; };
}

// The events of a client.
class Events {
 public:
  explicit Events(const wa::Client &client, const string &name = "*")
      : subscription_(client.subscribe(name, [this](const wa::Value &event) {
          std::lock_guard<std::mutex> lock(mutex_);
          list_.push_back(event.copy());
          more_.notify_all();
        })) {}

  // The next event of that name which is wanted; others are passed over.
  const wa::Value &wait(const string &name, const Wanted &wanted = any()) {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;; next_++) {
      bool in_time = more_.wait_for(lock, patience, [&] { return next_ < list_.size(); });
      check(in_time, name.c_str(), __FILE__, __LINE__);
      if (list_[next_].name() == name && wanted(list_[next_])) return list_[next_++];
    }
  }
  std::size_t count(const string &name, const Wanted &wanted = any()) {
    std::lock_guard<std::mutex> lock(mutex_);
    std::size_t count = 0;
    for (const auto &event : list_) count += event.name() == name && wanted(event);
    return count;
  }
  const wa::Subscription &subscription() const { return subscription_; }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  // Which keeps its elements in place.
  std::deque<wa::Value> list_;
  std::size_t next_ = 0;
  wa::Subscription subscription_;
};

struct Rig {
  string sim, directory, other;

  wa::Options options(const string &more = "{}") const {
    return wa::Options()
        .json(R"({"pacing": null, "checkInterval": 500, "reconnect": {"base": 100}})")
        .page_url(sim + "/")
        .session_path(directory)
        .json(more);
  }
  wa::Value call(const char *method, const string &path, const string &body = "") const {
    return wa::Value(call_sim(sim.c_str(), method, path.c_str(), body.c_str()));
  }
  wa::Value post(const string &path, const string &body) const { return call("POST", path, body); }
  void scan(const wa::Client &client) const {
    post("/sim/phone/scan", R"({"qr": ")" + client.qr_code().text("/payload") + R"("})");
  }
  void befriend() const { post("/sim/accounts", R"({"number": ")" FRIEND R"("})"); }
  void write(const string &body, int count = 1) const {
    post("/sim/messages", R"({"from": ")" FRIEND R"(", "body": ")" + body + R"(", "count": )" + std::to_string(count) + "}");
  }
  void no_acks() const { call("PUT", "/sim/acks", R"({"server_ms": null})"); }
  long mark() const { return sim_mark(sim.c_str()); }
  void wait(long since, const char *kind) const { sim_wait(sim.c_str(), since, kind); }
  void link(const wa::Client &client) const {
    client.initialize(patience);
    scan(client);
    client.wait_ready(patience);
  }
  wa::Client ready() const {
    wa::Client client(options());
    link(client);
    return client;
  }
};

// What a call that must fail throws.
template <typename F>
wa::Error fails(wa_code code, F call) {
  try {
    call();
  } catch (const wa::Error &error) {
    if (error.code() != code) fprintf(stderr, "%s\n", error.what());
    CHECK(error.code() == code);
    return error;
  }
  check(false, "it fails", __FILE__, __LINE__);
  throw std::logic_error("not reached");
}

string status(const wa::Client &client) { return client.connection_status().text("/status"); }

void link_by_qr(const Rig &rig) {
  wa::Client client(rig.options());
  Events events(client);
  CHECK(status(client) == "DISCONNECTED");
  client.initialize(patience);
  auto code = client.qr_code();
  auto payload = code.text("/payload");
  CHECK(code.time("/expiresAt") > code.time("/generatedAt"));
  CHECK(wa::qr::svg(payload).find("<svg") != string::npos);
  CHECK(wa::qr::terminal(payload).find("\u2580") != string::npos);
  CHECK(wa::qr::data_url(payload).rfind("data:image/png;base64,", 0) == 0);
  auto png = wa::qr::png(payload, 4);
  struct rig c = {rig.sim.c_str(), rig.directory.c_str(), nullptr, nullptr};
  char *read = read_picture(&c, png.data(), png.size());
  rig.post("/sim/phone/scan", string(R"({"qr": ")") + read + R"("})");
  free(read);
  for (auto name : {"qr", "authenticated", "ready"}) events.wait(name);
  CHECK(status(client) == "READY" && client.is_authenticated() && !client.qr_code());
  client.shutdown();
}

void link_by_pairing_code(const Rig &rig) {
  wa::Client client(rig.options());
  Events events(client);
  client.initialize(patience);
  auto code = client.request_pairing_code(OWN).text("/code");
  events.wait("code", at("/data/code", code));
  rig.post("/sim/phone/pair", R"({"code": ")" + code + R"("})");
  client.wait_ready(patience);
}

void cancel_pairing_code(const Rig &rig) {
  wa::Client client(rig.options());
  Events events(client);
  client.initialize(patience);
  client.request_pairing_code(OWN);
  events.wait("code");
  client.cancel_pairing_code();
  auto first = events.wait("qr").text("/data/payload");
  auto payload = client.generate_qr_code().text("/payload");
  CHECK(payload != first);
  rig.post("/sim/phone/scan", R"({"qr": ")" + payload + R"("})");
  events.wait("ready");
  fails(WA_CODE_ALREADY_AUTHENTICATED, [&] { client.generate_qr_code(); });
}

void restore(const Rig &rig) {
  rig.ready();
  wa::Client client(rig.options());
  Events events(client);
  client.initialize(patience);
  CHECK(events.wait("authenticated").flag("/data/restored"));
  events.wait("ready");
  CHECK(events.count("qr") == 0);
}

void send_and_acks(const Rig &rig) {
  rig.befriend();
  auto client = rig.ready();
  Events events(client);
  auto sent = client.send_message("+55 (11) 98888-7777", "hello");
  auto mine = at("/data/id", sent.text("/id"));
  auto outbox = rig.call("GET", "/sim/outbox");
  CHECK(outbox.number("/total") == 1 && outbox.text("/messages/0/body") == "hello");
  for (std::int64_t last = 0; last < 3;) {
    auto level = events.wait("message_ack", mine).number("/data/ack");
    CHECK(level > last);
    last = level;
  }
  CHECK(events.count("message_sent", mine) == 1 && events.count("message_create", mine) == 1);
}

void send_with_options(const Rig &rig) {
  auto client = rig.ready();
  Events events(client);
  rig.write("a question");
  const auto &asked = events.wait("message");
  auto chat = asked.text("/data/chat");
  wa::SendOptions options;
  options.quoted = asked.text("/data/key");
  options.id = "3EB0AABBCCDDEEFF00";
  auto first = client.send_message(chat, "an answer", options);
  auto again = client.send_message(chat, "an answer", options);
  CHECK(!first.flag("/duplicate", true) && again.flag("/duplicate", false));
  CHECK(first.text("/key") == again.text("/key"));
  wa::SendOptions late;
  late.until = "delivered";
  late.deadline = patience;
  CHECK(client.send_message(chat, "wait", late).number("/ack") >= 2);
  auto outbox = rig.call("GET", "/sim/outbox");
  CHECK(outbox.number("/total") == 2 && outbox.text("/messages/0/quoted") == asked.text("/data/id"));
  late.until = "never";
  fails(WA_CODE_INVALID_ARGUMENT, [&] { client.send_message(chat, "wait", late); });
}

void send_invalid_phone(const Rig &rig) {
  auto client = rig.ready();
  for (auto number : {"12", "nobody", "+55 11 98888-7777 ext. 5"}) {
    auto error = fails(WA_CODE_INVALID_PHONE, [&] { client.send_message(number, "hello"); });
    CHECK(error.operation() == "send_message" && error.name() == "invalid_phone" && error.retry() == "never");
  }
  CHECK(sim_outbox(rig.sim.c_str()) == 0);
}

void send_not_registered(const Rig &rig) {
  auto client = rig.ready();
  auto error = fails(WA_CODE_NOT_REGISTERED, [&] { client.send_message(NOBODY, "hello"); });
  CHECK(error.maybe_sent() == false && error.message_id());
}

void send_not_ready(const Rig &rig) {
  wa::Client client(rig.options());
  CHECK(fails(WA_CODE_NOT_READY, [&] { client.send_message(FRIEND, "hello"); }).maybe_sent() == false);
  fails(WA_CODE_NOT_READY, [&] { client.generate_qr_code(); });
  fails(WA_CODE_NOT_READY, [&] { client.is_registered(FRIEND); });
  fails(WA_CODE_NOT_READY, [&] { client.logout(); });
}

void send_deadline_maybe_sent(const Rig &rig) {
  rig.befriend();
  auto client = rig.ready();
  rig.no_acks();
  wa::SendOptions options;
  options.id = "3EB0AABBCCDDEEFF01";
  options.deadline = std::chrono::seconds(3);
  auto error = fails(WA_CODE_TIMEOUT, [&] { client.send_message(FRIEND, "hello", options); });
  CHECK(error.maybe_sent() == true && error.message_id() == options.id);
}

void check_number(const Rig &rig) {
  rig.befriend();
  auto client = rig.ready();
  CHECK(client.is_registered(FRIEND) && !client.is_registered(NOBODY));
  fails(WA_CODE_INVALID_PHONE, [&] { client.is_registered("12"); });
  CHECK(client.is_registered_async(FRIEND).get().flag(""));
}

void message_status(const Rig &rig) {
  rig.befriend();
  auto client = rig.ready();
  wa::SendOptions options;
  options.until = "read";
  auto sent = client.send_message(FRIEND, "hello", options);
  CHECK(client.message_status(sent.text("/key")) == 3);
  CHECK(!client.message_status("true_" FRIEND "@c.us_3EB0000000000000000000"));
}

void receive(const Rig &rig) {
  auto client = rig.ready();
  Events events(client, "message");
  rig.write("hello");
  const auto &message = events.wait("message");
  CHECK(message.text("/data/body") == "hello" && message.text("/data/phone") == FRIEND && !message.flag("/data/fromMe", true));
  rig.write("burst {i}", 500);
  for (int n = 0; n < 500; n++) CHECK(events.wait("message").text("/data/body") == "burst " + std::to_string(n));

  // A function that throws is not called again, and what it threw is kept.
  int calls = 0;
  auto thrower = client.subscribe("message", [&](const wa::Value &) {
    calls++;
    throw std::runtime_error("thrown by the test");
  });
  rig.write("twice", 2);
  for (int n = 0; n < 2; n++) events.wait("message");
  { auto ended = std::move(client); }  // Waits until its subscriptions have told everything.
  CHECK(calls == 1 && thrower.failure() && thrower.ended());
  try {
    std::rethrow_exception(thrower.failure());
  } catch (const std::runtime_error &error) {
    CHECK(std::string(error.what()) == "thrown by the test");
  }
}

void edits_and_revokes(const Rig &rig) {
  auto client = rig.ready();
  Events events(client);
  auto written = rig.post("/sim/messages", R"({"from": ")" FRIEND R"(", "body": "a text"})");
  auto id = R"("message": ")" + written.text("/messages/0/id") + R"(")";
  auto key = events.wait("message").text("/data/key");
  rig.post("/sim/edits", "{" + id + R"(, "body": "another text"})");
  const auto &edit = events.wait("message_edit", at("/data/message/body", "another text"));
  CHECK(edit.text("/data/previous") == "a text");
  rig.post("/sim/reactions", "{" + id + R"(, "from": ")" FRIEND R"(", "emoji": "👍"})");
  CHECK(events.wait("message_reaction", at("/data/parent", key)).text("/data/emoji") == "👍");
  rig.post("/sim/revokes", "{" + id + "}");
  events.wait("message_revoke_everyone", at("/data/key", key));
}

void event_overflow(const Rig &rig) {
  wa::Client client(rig.options(R"({"eventQueue": 100})"));
  Events events(client);
  rig.link(client);
  std::promise<void> go, begun;
  auto gone = go.get_future().share();
  std::mutex mutex;
  std::condition_variable more;
  std::vector<wa::Value> late;
  bool first = true;
  auto slow = client.subscribe("message", [&](const wa::Value &event) {
    if (std::exchange(first, false)) begun.set_value();
    gone.wait();
    std::lock_guard<std::mutex> lock(mutex);
    late.push_back(event.copy());
    more.notify_all();
  });
  rig.write("first");
  begun.get_future().wait();
  for (int part = 0; part < 6; part++) {
    rig.write("flood " + std::to_string(part) + " {i}", 20);
    events.wait("message", at("/data/body", "flood " + std::to_string(part) + " 19"));
  }
  go.set_value();
  rig.write("last");
  std::unique_lock<std::mutex> lock(mutex);
  CHECK(more.wait_for(lock, patience, [&] { return !late.empty() && late.back().text("/data/body") == "last"; }));
  CHECK(late[1].name() == "lagged" && late[1].number("/data/missed") >= 100);
  lock.unlock();
}

void replay_events(const Rig &rig) {
  wa::Client client(rig.options().event_replay(1000));
  Events events(client);
  rig.link(client);
  rig.write("kept");
  auto last = events.wait("message").number("/seq");
  for (std::int64_t after : {std::int64_t(0), last - 1}) {
    std::promise<std::int64_t> first;
    bool told = false;
    auto subscription = client.subscribe_after(std::uint64_t(after), "*", [&](const wa::Value &event) {
      if (!std::exchange(told, true)) first.set_value(event.number("/seq"));
    });
    CHECK(first.get_future().get() == after + 1);
  }
}

void disconnect_and_reconnect(const Rig &rig) {
  auto client = rig.ready();
  Events events(client);
  client.disconnect();
  events.wait("manual_disconnect");
  CHECK(status(client) == "DISCONNECTED");
  client.reconnect(patience);
  events.wait("manual_reconnect");
  client.wait_ready(patience);
  events.wait("ready");
  CHECK(events.count("qr") == 0);
}

void logout(const Rig &rig) {
  auto client = rig.ready();
  Events events(client);
  long since = rig.mark();
  client.logout();
  rig.wait(since, "device.logged_out");
  events.wait("disconnected", at("/data/reason/code", "logged_out"));
  struct stat there;
  CHECK(!client.is_authenticated() && stat((rig.directory + "/session-default").c_str(), &there) != 0);
}

void cancel_pending_call(const Rig &rig) {
  rig.befriend();
  auto client = rig.ready();
  rig.no_acks();
  long since = rig.mark();
  auto call = client.send_message_async(FRIEND, "in doubt");
  rig.wait(since, "message.received");
  call.cancel();
  auto error = fails(WA_CODE_CANCELLED, [&] { call.get(); });
  CHECK(error.maybe_sent() == true && error.message_id());
  rig.call("PUT", "/sim/acks", R"({"server_ms": 10})");
  client.send_message(FRIEND, "goes on");
  CHECK(sim_outbox(rig.sim.c_str()) == 2);
}

void two_clients(const Rig &rig) {
  Rig other = {rig.other, rig.directory, ""};
  wa::Client first(rig.options(R"({"session": "one"})")), second(other.options(R"({"session": "two"})"));
  Events firsts(first), seconds(second);
  rig.link(first);
  other.link(second);
  rig.write("for the first");
  other.write("for the second");
  CHECK(firsts.wait("message").text("/data/body") == "for the first");
  CHECK(seconds.wait("message").text("/data/body") == "for the second");
  { wa::Client gone = std::move(first); }
  CHECK(firsts.subscription().ended() && !seconds.subscription().ended());
  CHECK(status(second) == "READY" && firsts.count("message") == 1 && seconds.count("message") == 1);
}

void close_while_pending(const Rig &rig) {
  rig.befriend();
  auto client = rig.ready();
  rig.no_acks();
  long since = rig.mark();
  auto call = client.send_message_async(FRIEND, "in doubt");
  rig.wait(since, "message.received");
  client.shutdown();
  CHECK(fails(WA_CODE_DISCONNECTED, [&] { call.get(); }).maybe_sent() == true);
  fails(WA_CODE_STOPPED, [&] { client.send_message(FRIEND, "too late"); });
  fails(WA_CODE_STOPPED, [&] { client.initialize(); });
}

void page_report(const Rig &rig) {
  wa::Client client(rig.options());
  CHECK(!client.capability_report());
  auto report = client.doctor(patience);
  CHECK(report.flag("/complete") && report.count("/report") > 5);
  CHECK(client.capability_report().json() == report.json());
}

void status_from_redis(const Rig &rig) {
  wa::Client client(rig.options(R"({"cacheTimeout": 5000})").redis_url(rig.other));
  wa::Client other(rig.options(R"({"cacheTimeout": 5000})").redis_url(rig.other));
  client.initialize(patience);
  auto payload = client.qr_code().text("/payload");
  string read;
  // It is written behind the back of the call; each turn asks the server.
  for (int turn = 0; turn < 10000 && read != payload; turn++) read = other.qr_code().text("/payload");
  CHECK(read == payload && other.cached_status().text("/status") == "QR_READY");
}

#define ENTRY(name) {#name, name}
const std::map<string, void (*)(const Rig &)> SCENARIOS = {
    ENTRY(link_by_qr), ENTRY(link_by_pairing_code), ENTRY(cancel_pairing_code), ENTRY(restore), ENTRY(send_and_acks),
    ENTRY(send_with_options), ENTRY(send_invalid_phone), ENTRY(send_not_registered), ENTRY(send_not_ready),
    ENTRY(send_deadline_maybe_sent), ENTRY(check_number), ENTRY(message_status), ENTRY(receive), ENTRY(edits_and_revokes),
    ENTRY(event_overflow), ENTRY(replay_events), ENTRY(disconnect_and_reconnect), ENTRY(logout), ENTRY(cancel_pending_call),
    ENTRY(two_clients), ENTRY(close_while_pending), ENTRY(page_report), ENTRY(status_from_redis)};

}  // namespace

int main(int argc, char **argv) {
  CHECK(argc >= 4);
  std::size_t threads = count_threads(), children = count_children();
  SCENARIOS.at(argv[1])({argv[2], argv[3], argc > 4 ? argv[4] : ""});
  wait_nothing_left(threads, children);
  printf("done %s\n", argv[1]);
}
