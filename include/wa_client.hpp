// wa-client for C++17: wa_client.h with owners, exceptions and std::function. Header only.
//
//   wa::Client client(wa::Options().session("shop"));
//   auto events = client.subscribe("message", [&](const wa::Value &event) {
//     client.send_message(event.text("/data/chat"), event.text("/data/body"));
//   });
//   client.initialize();
//
// What is said in wa_client.h about handles, texts, threads and time holds here too. All classes are moved, never copied, and
// free what they own. A call that fails throws wa::Error. Functions given to subscribe and to calls run on threads of the library
// and may block; what they throw does not leave them: see Subscription::failure and Call.
#ifndef WA_CLIENT_HPP
#define WA_CLIENT_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "wa_client.h"

namespace wa {

// Frees what wa_client.h gives out.
struct Free {
  void operator()(wa_call *it) const noexcept { wa_call_free(it); }
  void operator()(wa_client *it) const noexcept { wa_client_free(it); }
  void operator()(wa_error *it) const noexcept { wa_error_free(it); }
  void operator()(wa_options *it) const noexcept { wa_options_free(it); }
  void operator()(wa_send_options *it) const noexcept { wa_send_options_free(it); }
  void operator()(wa_subscription *it) const noexcept { wa_subscription_free(it); }
  void operator()(wa_value *it) const noexcept { wa_value_free(it); }
  void operator()(char *it) const noexcept { wa_string_free(it); }
};

template <typename T>
using Owned = std::unique_ptr<T, Free>;

// No deadline.
inline constexpr std::chrono::milliseconds forever = std::chrono::milliseconds::max();

// Why a call failed. what() is for people and holds no phone number, name or message text.
class Error : public std::runtime_error {
 public:
  explicit Error(const wa_error *error)
      : std::runtime_error(wa_error_text(error)),
        code_(wa_error_code(error)),
        name_(wa_error_name(error)),
        operation_(wa_error_operation(error)),
        message_(wa_error_message(error)),
        retry_(wa_error_retry(error)),
        json_(wa_error_json(error)) {
    if (auto wait = wa_error_retry_after_ms(error); wait >= 0) retry_after_ = std::chrono::milliseconds(wait);
    if (auto maybe = wa_error_maybe_sent(error); maybe >= 0) maybe_sent_ = maybe == 1;
    if (auto id = wa_error_message_id(error); id != nullptr) message_id_ = id;
  }

  wa_code code() const noexcept { return code_; }
  // The stable name of the code, for example "invalid_phone".
  const std::string &name() const noexcept { return name_; }
  const std::string &operation() const noexcept { return operation_; }
  const std::string &message() const noexcept { return message_; }
  // "never", "now" or "after".
  const std::string &retry() const noexcept { return retry_; }
  std::optional<std::chrono::milliseconds> retry_after() const noexcept { return retry_after_; }
  // For a send: whether the message may have reached the server, and its id.
  std::optional<bool> maybe_sent() const noexcept { return maybe_sent_; }
  const std::optional<std::string> &message_id() const noexcept { return message_id_; }
  // Everything, see wa_error_json.
  const std::string &json() const noexcept { return json_; }

 private:
  wa_code code_;
  std::string name_, operation_, message_, retry_, json_;
  std::optional<std::chrono::milliseconds> retry_after_;
  std::optional<bool> maybe_sent_;
  std::optional<std::string> message_id_;
};

namespace detail {

// Throws what the call of C put into `error`.
template <typename F>
void must(F &&call) {
  wa_error *raw = nullptr;
  wa_code code = call(&raw);
  Owned<wa_error> error(raw);
  if (code != WA_CODE_OK) throw Error(error.get());
}

inline std::string text(wa_code (*draw)(const char *, char **, wa_error **), const std::string &from) {
  char *made = nullptr;
  must([&](wa_error **error) { return draw(from.c_str(), &made, error); });
  return Owned<char>(made).get();
}

inline uint64_t ms(std::chrono::milliseconds time) {
  if (time == forever) return WA_FOREVER;
  return time.count() < 0 ? 0 : static_cast<uint64_t>(time.count());
}

}  // namespace detail

// What a call answers or an event carries; fields are named by JSON pointers such as "/data/body".
class Value {
 public:
  // Takes the handle over.
  explicit Value(wa_value *owned = nullptr) noexcept : value_(owned) {}

  // Another handle on the same document.
  Value copy() const { return Value(wa_value_copy(value_.get())); }
  explicit operator bool() const noexcept { return value_ != nullptr; }
  const wa_value *get() const noexcept { return value_.get(); }

  std::string json() const { return wa_value_json(value_.get()); }
  // Of an event: "message", "qr", … "" when this is none.
  std::string name() const { return wa_event_name(value_.get()); }
  bool has(const char *pointer) const noexcept { return wa_value_has(value_.get(), pointer); }
  std::size_t count(const char *pointer) const noexcept { return wa_value_count(value_.get(), pointer); }

  std::optional<std::string> find_text(const char *pointer) const {
    std::size_t length = 0;
    const char *text = wa_value_string(value_.get(), pointer, &length);
    return text == nullptr ? std::nullopt : std::optional<std::string>(std::in_place, text, length);
  }
  std::string text(const char *pointer, std::string otherwise = {}) const {
    return find_text(pointer).value_or(std::move(otherwise));
  }
  std::int64_t number(const char *pointer, std::int64_t otherwise = 0) const noexcept {
    return wa_value_int(value_.get(), pointer, otherwise);
  }
  bool flag(const char *pointer, bool otherwise = false) const noexcept {
    return wa_value_bool(value_.get(), pointer, otherwise);
  }
  std::optional<std::chrono::system_clock::time_point> time(const char *pointer) const {
    auto ms = wa_value_time_ms(value_.get(), pointer, INT64_MIN);
    if (ms == INT64_MIN) return std::nullopt;
    return std::chrono::system_clock::time_point(std::chrono::milliseconds(ms));
  }

 private:
  Owned<wa_value> value_;
};

// Settings, see wa_options_set_json. Each answers the options themselves, so that calls can be chained.
class Options {
 public:
  Options() : options_(wa_options_new()) {}

  Options &json(const std::string &json) & { return set(wa_options_set_json, json.c_str()); }
  Options &session(const std::string &name) & { return set(wa_options_set_session, name.c_str()); }
  Options &session_path(const std::string &path) & { return set(wa_options_set_session_path, path.c_str()); }
  Options &page_url(const std::string &url) & { return set(wa_options_set_page_url, url.c_str()); }
  Options &executable(const std::string &path) & { return set(wa_options_set_executable, path.c_str()); }
  Options &redis_url(const std::string &url) & { return set(wa_options_set_redis_url, url.c_str()); }
  Options &event_queue(std::size_t events) & { return set(wa_options_set_event_queue, events); }
  Options &event_replay(std::size_t events) & { return set(wa_options_set_event_replay, events); }

  Options &&json(const std::string &json) && { return std::move(this->json(json)); }
  Options &&session(const std::string &name) && { return std::move(session(name)); }
  Options &&session_path(const std::string &path) && { return std::move(session_path(path)); }
  Options &&page_url(const std::string &url) && { return std::move(page_url(url)); }
  Options &&executable(const std::string &path) && { return std::move(executable(path)); }
  Options &&redis_url(const std::string &url) && { return std::move(redis_url(url)); }
  Options &&event_queue(std::size_t events) && { return std::move(event_queue(events)); }
  Options &&event_replay(std::size_t events) && { return std::move(event_replay(events)); }

  const wa_options *get() const noexcept { return options_.get(); }

 private:
  template <typename T>
  Options &set(wa_code (*setter)(wa_options *, T, wa_error **), T value) {
    detail::must([&](wa_error **error) { return setter(options_.get(), value, error); });
    return *this;
  }

  Owned<wa_options> options_;
};

// Options of a message; what is not there keeps its default.
struct SendOptions {
  // The key of the message to answer, "/data/key" of its event.
  std::optional<std::string> quoted = std::nullopt;
  // The same id never makes a second message.
  std::optional<std::string> id = std::nullopt;
  // "queued", "server", "delivered" or "read".
  std::optional<std::string> until = std::nullopt;
  std::optional<std::chrono::milliseconds> deadline = std::nullopt;
};

namespace detail {

inline Owned<wa_send_options> send_options(const SendOptions &from) {
  Owned<wa_send_options> options(wa_send_options_new());
  auto set = [&](auto setter, const std::optional<std::string> &text) {
    if (text) must([&](wa_error **error) { return setter(options.get(), text->c_str(), error); });
  };
  set(wa_send_options_set_quoted, from.quoted);
  set(wa_send_options_set_id, from.id);
  set(wa_send_options_set_until, from.until);
  if (from.deadline) wa_send_options_set_deadline_ms(options.get(), ms(*from.deadline));
  return options;
}

}  // namespace detail

// A call that is under way. Its answer is in a std::future, which throws wa::Error when the call fails. A value without a document
// is the answer of calls that answer nothing. Letting go of it does not end the call.
class Call {
 public:
  // Gives up; the future then throws WA_CODE_CANCELLED, unless the call has ended.
  void cancel() const noexcept { wa_call_cancel(call_.get()); }
  // Waits for the answer; once.
  Value get() { return answer_.get(); }
  std::future<Value> &future() noexcept { return answer_; }

 private:
  friend class Client;
  Owned<wa_call> call_;
  std::future<Value> answer_;
};

// A subscription; ends when it is destroyed, see wa_subscription_free.
class Subscription {
 public:
  // What the function threw. It is not called again after that.
  std::exception_ptr failure() const {
    std::lock_guard<std::mutex> lock(state_->mutex);
    return state_->failure;
  }
  // Whether no more events come, for the client was shut down.
  bool ended() const {
    std::lock_guard<std::mutex> lock(state_->mutex);
    return state_->ended;
  }

 private:
  friend class Client;
  struct State {
    std::function<void(const Value &)> function;
    mutable std::mutex mutex;
    std::exception_ptr failure;
    bool ended = false;
  };
  static void call(void *user_data, const wa_value *event) noexcept {
    State &state = **static_cast<std::shared_ptr<State> *>(user_data);
    if (event == nullptr || state.failure) {
      std::lock_guard<std::mutex> lock(state.mutex);
      state.ended = state.ended || event == nullptr;
      return;
    }
    try {
      state.function(Value(wa_value_copy(event)));
    } catch (...) {
      std::lock_guard<std::mutex> lock(state.mutex);
      state.failure = std::current_exception();
    }
  }
  static void destroy(void *user_data) noexcept { delete static_cast<std::shared_ptr<State> *>(user_data); }

  std::shared_ptr<State> state_;
  Owned<wa_subscription> subscription_;
};

// A handle on one session: one WhatsApp account in one browser. All functions may be called from any thread.
class Client {
 public:
  Client() : Client(Options()) {}
  explicit Client(const Options &options) {
    wa_client *made = nullptr;
    detail::must([&](wa_error **error) { return wa_client_new(options.get(), &made, error); });
    client_.reset(made);
  }

  const wa_client *get() const noexcept { return client_.get(); }
  std::string session() const { return wa_client_session(get()); }
  Value config() const { return value(wa_client_config); }
  bool is_authenticated() const noexcept { return wa_client_is_authenticated(get()); }
  Value connection_status() const { return value(wa_client_connection_status); }
  // Without a document when there is none.
  Value capability_report() const { return value(wa_client_capability_report); }
  Value cached_status() const { return value(wa_client_cached_status); }
  Value qr_code() const { return value(wa_client_qr_code); }

  void initialize(std::chrono::milliseconds timeout = forever) const { timed(wa_client_initialize, timeout); }
  void wait_ready(std::chrono::milliseconds timeout = forever) const { timed(wa_client_wait_ready, timeout); }
  void reconnect(std::chrono::milliseconds timeout = forever) const { timed(wa_client_reconnect, timeout); }
  void disconnect() const { plain(wa_client_disconnect); }
  void logout() const { plain(wa_client_logout); }
  void shutdown() const { plain(wa_client_shutdown); }
  void cancel_pairing_code() const { plain(wa_client_cancel_pairing_code); }

  Value generate_qr_code() const { return value(wa_client_generate_qr_code); }
  Value request_pairing_code(const std::string &phone) const { return value(wa_client_request_pairing_code, phone.c_str()); }
  Value doctor(std::chrono::milliseconds timeout = forever) const { return value(wa_client_doctor, detail::ms(timeout)); }

  Value send_message(const std::string &to, const std::string &text, const SendOptions &options = {}) const {
    auto set = detail::send_options(options);
    return value(wa_client_send_message, to.c_str(), text.c_str(), static_cast<const wa_send_options *>(set.get()));
  }
  bool is_registered(const std::string &number) const {
    bool registered = false;
    detail::must([&](wa_error **error) { return wa_client_is_registered(get(), number.c_str(), &registered, error); });
    return registered;
  }
  // How far a message has come, by its key or by its id alone, -1 to 4; nothing when the page does not know it.
  std::optional<int> message_status(const std::string &key) const {
    std::int32_t ack = WA_ACK_UNKNOWN;
    detail::must([&](wa_error **error) { return wa_client_message_status(get(), key.c_str(), &ack, error); });
    return ack == WA_ACK_UNKNOWN ? std::nullopt : std::optional<int>(ack);
  }

  // The same calls without waiting.
  Call initialize_async() const { return start(wa_client_initialize_async); }
  Call wait_ready_async() const { return start(wa_client_wait_ready_async); }
  Call reconnect_async() const { return start(wa_client_reconnect_async); }
  Call disconnect_async() const { return start(wa_client_disconnect_async); }
  Call logout_async() const { return start(wa_client_logout_async); }
  Call shutdown_async() const { return start(wa_client_shutdown_async); }
  Call cancel_pairing_code_async() const { return start(wa_client_cancel_pairing_code_async); }
  Call cached_status_async() const { return start(wa_client_cached_status_async); }
  Call qr_code_async() const { return start(wa_client_qr_code_async); }
  Call generate_qr_code_async() const { return start(wa_client_generate_qr_code_async); }
  Call request_pairing_code_async(const std::string &phone) const {
    return start(wa_client_request_pairing_code_async, phone.c_str());
  }
  Call doctor_async() const { return start(wa_client_doctor_async); }
  Call send_message_async(const std::string &to, const std::string &text, const SendOptions &options = {}) const {
    auto set = detail::send_options(options);
    return start(wa_client_send_message_async, to.c_str(), text.c_str(), static_cast<const wa_send_options *>(set.get()));
  }
  Call is_registered_async(const std::string &number) const { return start(wa_client_is_registered_async, number.c_str()); }
  Call message_status_async(const std::string &key) const { return start(wa_client_message_status_async, key.c_str()); }

  // Calls `function` with every event of that name ("*": every event), in order, on a thread of its own.
  Subscription subscribe(const std::string &name, std::function<void(const Value &)> function) const {
    return follow(std::move(function), [&](auto... rest) { return wa_client_subscribe(get(), name.c_str(), rest...); });
  }
  // The same, beginning behind the event number `seq`, see wa_client_subscribe_after.
  Subscription subscribe_after(std::uint64_t seq, const std::string &name, std::function<void(const Value &)> function) const {
    return follow(std::move(function),
                  [&](auto... rest) { return wa_client_subscribe_after(get(), seq, name.c_str(), rest...); });
  }

 private:
  template <typename F, typename... A>
  Value value(F call, A... arguments) const {
    wa_value *made = nullptr;
    detail::must([&](wa_error **error) { return call(get(), arguments..., &made, error); });
    return Value(made);
  }
  template <typename F>
  void plain(F call) const {
    detail::must([&](wa_error **error) { return call(get(), error); });
  }
  template <typename F>
  void timed(F call, std::chrono::milliseconds timeout) const {
    detail::must([&](wa_error **error) { return call(get(), detail::ms(timeout), error); });
  }
  template <typename F, typename... A>
  Call start(F begin, A... arguments) const {
    auto promise = std::make_unique<std::promise<Value>>();
    Call call;
    call.answer_ = promise->get_future();
    wa_call *handle = nullptr;
    detail::must([&](wa_error **error) { return begin(get(), arguments..., answer, promise.get(), &handle, error); });
    // From here on the callback owns it.
    static_cast<void>(promise.release());
    call.call_.reset(handle);
    return call;
  }
  static void answer(void *user_data, const wa_value *result, const wa_error *error) noexcept {
    std::unique_ptr<std::promise<Value>> promise(static_cast<std::promise<Value> *>(user_data));
    if (error != nullptr) {
      promise->set_exception(std::make_exception_ptr(Error(error)));
    } else {
      promise->set_value(Value(wa_value_copy(result)));
    }
  }
  template <typename F>
  Subscription follow(std::function<void(const Value &)> function, F begin) const {
    Subscription made;
    made.state_ = std::make_shared<Subscription::State>();
    made.state_->function = std::move(function);
    auto data = std::make_unique<std::shared_ptr<Subscription::State>>(made.state_);
    wa_subscription *handle = nullptr;
    detail::must([&](wa_error **error) {
      return begin(&Subscription::call, static_cast<void *>(data.get()), &Subscription::destroy, &handle, error);
    });
    // From here on the destructor frees it.
    static_cast<void>(data.release());
    made.subscription_.reset(handle);
    return made;
  }

  Owned<wa_client> client_;
};

inline std::string version() { return wa_version(); }
// The digits of a phone number in international form; throws WA_CODE_INVALID_PHONE.
inline std::string parse_phone(const std::string &text) { return detail::text(wa_phone_parse, text); }
// For a log: "5511988887799" becomes "55*********99".
inline std::string mask(const std::string &text) { return detail::text(wa_mask, text); }

// Pictures of QR codes. Payload and picture are secrets while the code is valid.
namespace qr {

inline std::string terminal(const std::string &payload) { return detail::text(wa_qr_terminal, payload); }
inline std::string svg(const std::string &payload) { return detail::text(wa_qr_svg, payload); }
inline std::string data_url(const std::string &payload) { return detail::text(wa_qr_data_url, payload); }
inline std::vector<std::uint8_t> png(const std::string &payload, std::uint32_t scale = 8) {
  std::uint8_t *bytes = nullptr;
  std::size_t length = 0;
  detail::must([&](wa_error **error) { return wa_qr_png(payload.c_str(), scale, &bytes, &length, error); });
  struct Bytes {
    std::uint8_t *bytes;
    std::size_t length;
    ~Bytes() { wa_bytes_free(bytes, length); }
  } owned{bytes, length};
  return std::vector<std::uint8_t>(bytes, bytes + length);
}

}  // namespace qr
}  // namespace wa

#endif
