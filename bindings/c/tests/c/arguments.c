/* Every function of the header with arguments drawn by lot: NULL, texts that are none, huge ones, numbers at their ends, handles in
 * every state. What comes back is what the header says. Needs no browser: arguments DIRECTORY TURNS SEED. */
#include <unistd.h>

#include "harness.h"

static uint64_t seed;

/* SplitMix64. */
static uint64_t next(void) {
  uint64_t z = (seed += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static size_t below(size_t most) { return (size_t)(next() % most); }

#define LENGTH(list) (sizeof(list) / sizeof *(list))
#define ONE_OF(list) (&(list)[below(LENGTH(list))])

/* This turn: whether it must be refused with WA_CODE_INVALID_ARGUMENT, the texts to free, and the places of results. */
static bool refused;
static char *texts[8];
static size_t text_count;
static wa_value *value;
static wa_call *call;
static wa_subscription *subscription;
static wa_client *made;
static char *string;
static uint8_t *bytes;
static wa_error *error;

/* What must not be there any more after a call that failed. */
#define STALE(type) ((type *)(void *)texts)

/* NULL now and then, which is not allowed here. */
static const void *needed(const void *pointer) {
  if (below(12) != 0) return pointer;
  refused = true;
  return NULL;
}

/* NULL now and then, which is fine. */
static const void *optional(const void *pointer) { return below(6) == 0 ? NULL : pointer; }

#define NEEDED(type, pointer) ((type)(uintptr_t)needed((const void *)(pointer)))
#define OPTIONAL(type, pointer) ((type)(uintptr_t)optional((const void *)(pointer)))
/* Where the result of this turn goes. */
static void *asked;
#define RESULT(type, pointer) ((type)(asked = OPTIONAL(void *, pointer)))
#define NEEDED_RESULT(type, pointer) ((type)(asked = NEEDED(void *, pointer)))
#define ERROR OPTIONAL(wa_error **, &error)

static const char *const GOOD[] = {
    "", FRIEND, OWN, "+55 (11) 98888-7777", "5511988887777@c.us", "true_5511988887777@c.us_3EB0AA", "3EB0AA", "text", "*", "qr",
    "message", "lagged", "no event", "queued", "server", "delivered", "read", "whenever", "default", "../../x", "/dev/null", "{}",
    "[]", "null", "{", "{\"session\": \"shop\"}", "{\"session\": 7}", "{\"pacing\": {\"perMinute\": -1}}", "{\"noSuchSetting\": 1}",
    "{\"deadlines\": {\"send\": 1e300}}", "{\"deadlines\": {\"send\": 18446744073709551615}}", "{\"eventQueue\": -1}",
    "{\"eventQueue\": 18446744073709551615}", "{\"reconnect\": null}", "{\"pacing\": null, \"checkInterval\": 500}",
    "{\"bridgeOverrides\": \"/dev/zero\"}", "{\"arguments\": [\"--x\"]}", "https://web.whatsapp.com/", "http://127.0.0.1:1/",
    "file:///etc/passwd", "javascript:1", "redis://127.0.0.1:1/0", "redis://x:y@127.0.0.1:1/99999999999", "rediss://[::1]:1",
    "/event", "/data/key", "/a/0", "/~1~0~", "2@abc,def,ghi", "\xf0\x9f\x98\x80", "\xe2\x80\xae"};
static const char *const BROKEN[] = {"\xff", "\xc3", "\xed\xa0\x80", "a\x80z", "\xf8\x88\x80\x80\x80", "\xc0\xaf"};

static const char *keep(char *text) { return texts[text_count++] = text; }

/* A text in a block of just its size, which is gone after the call. */
static const char *any_text(bool may_be_null) {
  size_t length;
  char *text;
  switch (below(12)) {
    case 0:
      refused = refused || !may_be_null;
      return NULL;
    case 1:
      refused = true;
      return keep(strdup(*ONE_OF(BROKEN)));
    case 2:
      length = below(8) == 0 ? (size_t)1 << 20 : 60000 + below(10000);
      text = (char *)malloc(length + 1);
      CHECK(text != NULL);
      memset(text, "x[9{\"\n"[below(6)], length);
      break;
    case 3:
      length = below(200);
      text = (char *)malloc(length + 1);
      CHECK(text != NULL);
      for (size_t n = 0; n < length; n++) text[n] = (char)(1 + below(127));
      break;
    default:
      return keep(strdup(*ONE_OF(GOOD)));
  }
  text[length] = 0;
  return keep(text);
}

static uint64_t number(void) {
  static const uint64_t ends[] = {0, 1, 2, 50, 64, 65, 4096, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX - 1, UINT64_MAX};
  return below(4) == 0 ? next() : *ONE_OF(ends);
}

/* Codes, as bits. */
#define BIT(code) (1u << WA_CODE_##code)
#define NEVER 0u
#define ENDS (BIT(STOPPED) | BIT(DISCONNECTED))
#define START                                                                                                                  \
  (BIT(BROWSER_NOT_FOUND) | BIT(BROWSER_LAUNCH) | BIT(PROFILE_LOCKED) | BIT(SESSION_CORRUPT) | BIT(CONFIG) |                   \
   BIT(INCOMPATIBLE_PAGE) | BIT(TIMEOUT) | BIT(PAGE) | BIT(CANCELLED) | BIT(STOPPED))
#define WAIT (BIT(NOT_READY) | BIT(TIMEOUT) | ENDS)
#define LOGOUT                                                                                                                 \
  (BIT(NOT_READY) | BIT(NOT_AUTHENTICATED) | BIT(TIMEOUT) | BIT(PAGE) | BIT(CANCELLED) | BIT(SESSION_CORRUPT) | ENDS)
#define QR (BIT(ALREADY_AUTHENTICATED) | BIT(NOT_READY) | BIT(TIMEOUT) | BIT(PAGE) | BIT(CANCELLED) | ENDS)
#define PAIRING (QR | BIT(INVALID_PHONE) | BIT(RATE_LIMITED))
#define UNPAIRING (BIT(TIMEOUT) | BIT(PAGE) | ENDS)
#define ASK                                                                                                                    \
  (BIT(NOT_READY) | BIT(NOT_AUTHENTICATED) | BIT(RATE_LIMITED) | BIT(TIMEOUT) | BIT(PAGE) | BIT(CAPABILITY_UNAVAILABLE) | ENDS)
#define REGISTERED (ASK | BIT(INVALID_PHONE))
#define STATUS ((ASK & ~BIT(CAPABILITY_UNAVAILABLE)) | BIT(INVALID_ARGUMENT))
#define SEND (ASK | BIT(INVALID_PHONE) | BIT(INVALID_ARGUMENT) | BIT(NOT_REGISTERED) | BIT(SEND_FAILED))

/* Ends the program unless it is success or one of these. */
static void expect(const char *name, wa_code code, unsigned documented) {
  bool so = code == WA_CODE_OK || (code > 0 && code < 32 && (documented >> code & 1) != 0);
  if (!so) fprintf(stderr, "%s: %d %s\n", name, (int)code, wa_code_name(code));
  CHECK(so);
}

static void read_error(const wa_error *error, wa_code code) {
  CHECK(wa_error_code(error) == code && strcmp(wa_error_name(error), wa_code_name(code)) == 0);
  CHECK(strlen(wa_error_operation(error)) > 0 && strlen(wa_error_message(error)) > 0);
  if (strlen(wa_error_json(error)) >= 4000) fprintf(stderr, "%.300s\n", wa_error_json(error));
  CHECK(strlen(wa_error_text(error)) < 2000 && strlen(wa_error_json(error)) < 4000);
  const char *retry = wa_error_retry(error);
  CHECK(strcmp(retry, "never") == 0 || strcmp(retry, "now") == 0 || strcmp(retry, "after") == 0);
  CHECK((wa_error_retry_after_ms(error) >= 0) == (strcmp(retry, "after") == 0));
  CHECK(wa_error_maybe_sent(error) >= -1 && wa_error_maybe_sent(error) <= 1);
  if (wa_error_message_id(error) != NULL) CHECK(strlen(wa_error_message_id(error)) <= 128);
  wa_value *fields = wa_error_value(error);
  CHECK(is_text(fields, "/code", wa_code_name(code)));
  wa_value_free(fields);
}

/* What a call answered is documented, and so are the places of its results. */
static void judge(const char *name, wa_code code, unsigned documented) {
  if (code != WA_CODE_OK && asked != NULL) {
    void *result;
    memcpy(&result, asked, sizeof result);
    if (result != NULL) fprintf(stderr, "%s: what was in the place of its result is still there\n", name);
    CHECK(result == NULL);
  }
  if (refused) {
    if (code != WA_CODE_INVALID_ARGUMENT) fprintf(stderr, "%s: %s\n", name, wa_code_name(code));
    CHECK(code == WA_CODE_INVALID_ARGUMENT);
  } else {
    expect(name, code, documented);
  }
  if (error != STALE(wa_error)) {
    CHECK((error == NULL) == (code == WA_CODE_OK));
    if (error != NULL) read_error(error, code);
    wa_error_free(error);
  }
}

/* What callbacks owe. One block for each, freed when its client is. */
struct owed {
  struct owed *next;
  const char *name;
  unsigned documented;
  bool accepted;
  int told, ended, destroyed;
};

struct slot {
  wa_client *client;
  struct owed *calls, *subscriptions;
};
static struct slot slots[2];
static wa_options *options;
static wa_send_options *sending;
static wa_value *kept;
static wa_call *calls[8];
static wa_subscription *subscriptions[4];

static struct owed *owe(struct owed **list, const char *name, unsigned documented) {
  struct owed *owed = (struct owed *)calloc(1, sizeof *owed);
  CHECK(owed != NULL);
  owed->next = *list;
  owed->name = name;
  owed->documented = documented | BIT(CANCELLED) | ENDS;
  return *list = owed;
}

static void told(void *user_data, const wa_value *result, const wa_error *failure) {
  struct owed *owed = (struct owed *)user_data;
  CHECK(owed->told++ == 0 && (result == NULL || failure == NULL));
  expect(owed->name, wa_error_code(failure), owed->documented);
  if (failure != NULL) read_error(failure, wa_error_code(failure));
}

static void heard(void *user_data, const wa_value *event) {
  struct owed *owed = (struct owed *)user_data;
  CHECK(owed->ended == 0 && owed->destroyed == 0);
  owed->ended += event == NULL;
  owed->told += event != NULL;
  CHECK(event == NULL || strlen(wa_event_name(event)) > 0);
}

static void destroyed(void *user_data) { CHECK(((struct owed *)user_data)->destroyed++ == 0); }

static void renew(struct slot *slot, const char *directory) {
  struct rig here = {NULL, directory, NULL, NULL}, *rig = &here;
  wa_client_free(slot->client);
  for (struct owed *owed = slot->calls, *after; owed != NULL; owed = after) {
    after = owed->next;
    CHECK(owed->told == owed->accepted);
    free(owed);
  }
  for (size_t n = 0; n < LENGTH(subscriptions); n++) {
    wa_subscription_free(subscriptions[n]);
    subscriptions[n] = NULL;
  }
  slot->calls = NULL;
  if (directory == NULL) return;
  wa_options *quiet = wa_options_new();
  OK(wa_options_set_session_path(quiet, directory, &rig->error));
  OK(wa_options_set_session(quiet, slot == slots ? "first" : "second", &rig->error));
  /* Nothing is started here. */
  OK(wa_options_set_executable(quiet, "no-such-browser", &rig->error));
  OK(wa_client_new(quiet, &slot->client, &rig->error));
  wa_options_free(quiet);
}

static struct slot *slot;
#define CLIENT NEEDED(const wa_client *, slot->client)
#define NAMED(function) #function, function

static void plain_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(const wa_client *, wa_error **);
    unsigned documented;
  } list[] = {{NAMED(wa_client_disconnect), BIT(STOPPED)},
              {NAMED(wa_client_logout), LOGOUT},
              {NAMED(wa_client_cancel_pairing_code), UNPAIRING},
              {NAMED(wa_client_shutdown), NEVER}};
  size_t one = below(LENGTH(list));
  /* Not too often: what comes after it sees little else. */
  if (list[one].call == wa_client_shutdown && below(4) != 0) one = 0;
  judge(list[one].name, list[one].call(CLIENT, ERROR), list[one].documented);
}

static void timed_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(const wa_client *, uint64_t, wa_error **);
    unsigned documented;
  } list[] = {{NAMED(wa_client_initialize), START}, {NAMED(wa_client_wait_ready), WAIT}, {NAMED(wa_client_reconnect), START}};
  size_t one = below(LENGTH(list));
  judge(list[one].name, list[one].call(CLIENT, number(), ERROR), list[one].documented);
}

static void value_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(const wa_client *, wa_value **, wa_error **);
    unsigned documented;
  } list[] = {{NAMED(wa_client_qr_code), NEVER},           {NAMED(wa_client_generate_qr_code), QR | START},
              {NAMED(wa_client_connection_status), NEVER}, {NAMED(wa_client_capability_report), NEVER},
              {NAMED(wa_client_cached_status), NEVER}};
  size_t one = below(LENGTH(list));
  wa_value **place = RESULT(wa_value **, &value);
  switch (below(8)) {
    case 0:
      judge("wa_client_config", wa_client_config(CLIENT, NEEDED_RESULT(wa_value **, &value), ERROR), NEVER);
      break;
    case 1:
      judge("wa_client_doctor", wa_client_doctor(CLIENT, number(), place, ERROR), START);
      break;
    case 2:
      judge("wa_client_request_pairing_code", wa_client_request_pairing_code(CLIENT, any_text(false), place, ERROR), PAIRING);
      break;
    default:
      judge(list[one].name, list[one].call(CLIENT, place, ERROR), list[one].documented);
  }
}

static void message_call(void) {
  bool registered = false;
  int32_t ack = 0;
  const wa_send_options *how = OPTIONAL(const wa_send_options *, sending);
  switch (below(3)) {
    case 0:
      judge("wa_client_is_registered", wa_client_is_registered(CLIENT, any_text(false), NEEDED(bool *, &registered), ERROR),
            REGISTERED);
      break;
    case 1:
      judge("wa_client_message_status", wa_client_message_status(CLIENT, any_text(false), NEEDED(int32_t *, &ack), ERROR),
            STATUS);
      break;
    default:
      judge("wa_client_send_message",
            wa_client_send_message(CLIENT, any_text(false), any_text(false), how, RESULT(wa_value **, &value), ERROR), SEND);
  }
}

static void started_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(const wa_client *, wa_completion, void *, wa_call **, wa_error **);
    unsigned documented;
  } list[] = {{NAMED(wa_client_initialize_async), START},    {NAMED(wa_client_wait_ready_async), WAIT},
              {NAMED(wa_client_disconnect_async), NEVER},    {NAMED(wa_client_reconnect_async), START},
              {NAMED(wa_client_logout_async), LOGOUT},       {NAMED(wa_client_qr_code_async), NEVER},
              {NAMED(wa_client_generate_qr_code_async), QR | START}, {NAMED(wa_client_cancel_pairing_code_async), UNPAIRING},
              {NAMED(wa_client_cached_status_async), NEVER}, {NAMED(wa_client_doctor_async), START},
              {NAMED(wa_client_shutdown_async), NEVER}};
  size_t plain = below(LENGTH(list));
  static const struct {
    const char *name;
    wa_code (*call)(const wa_client *, const char *, wa_completion, void *, wa_call **, wa_error **);
    unsigned documented;
  } with_text[] = {{NAMED(wa_client_request_pairing_code_async), PAIRING},
                   {NAMED(wa_client_is_registered_async), REGISTERED},
                   {NAMED(wa_client_message_status_async), STATUS}};
  size_t texted = below(LENGTH(with_text));
  wa_completion callback = NEEDED(wa_completion, (uintptr_t)told);
  wa_call **place = RESULT(wa_call **, &call);
  if (list[plain].call == wa_client_shutdown_async && below(4) != 0) plain = 0;
  struct owed *owed;
  wa_code code;
  switch (below(3)) {
    case 0:
      owed = owe(&slot->calls, "wa_client_send_message_async", SEND);
      code = wa_client_send_message_async(CLIENT, any_text(false), any_text(false),
                                          OPTIONAL(const wa_send_options *, sending), callback, owed, place, ERROR);
      break;
    case 1:
      owed = owe(&slot->calls, with_text[texted].name, with_text[texted].documented);
      code = with_text[texted].call(CLIENT, any_text(false), callback, owed, place, ERROR);
      break;
    default:
      owed = owe(&slot->calls, list[plain].name, list[plain].documented);
      code = list[plain].call(CLIENT, callback, owed, place, ERROR);
  }
  owed->accepted = code == WA_CODE_OK;
  judge(owed->name, code, NEVER);
}

static void options_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(wa_options *, const char *, wa_error **);
    unsigned documented;
  } list[] = {{NAMED(wa_options_set_json), BIT(CONFIG)},    {NAMED(wa_options_set_json), BIT(CONFIG)},
              {NAMED(wa_options_set_session), NEVER},       {NAMED(wa_options_set_session_path), NEVER},
              {NAMED(wa_options_set_page_url), NEVER},      {NAMED(wa_options_set_executable), NEVER},
              {NAMED(wa_options_set_redis_url), NEVER}};
  size_t one = below(LENGTH(list));
  wa_options *to = NEEDED(wa_options *, options);
  switch (below(5)) {
    case 0:
      judge("wa_options_set_event_queue", wa_options_set_event_queue(to, (size_t)number(), ERROR), NEVER);
      break;
    case 1:
      judge("wa_options_set_event_replay", wa_options_set_event_replay(to, (size_t)number(), ERROR), NEVER);
      break;
    default:
      judge(list[one].name, list[one].call(to, any_text(false), ERROR), list[one].documented);
  }
}

/* A client of whatever the options say by now; it is never started. */
static void new_call(void) {
  refused = false;
  wa_code code = wa_client_new(OPTIONAL(const wa_options *, options), NEEDED_RESULT(wa_client **, &made), ERROR);
  judge("wa_client_new", code, BIT(CONFIG));
  if (code == WA_CODE_OK) CHECK(strlen(wa_client_session(made)) > 0 && !wa_client_is_authenticated(made));
  if (code != WA_CODE_OK || below(3) == 0) {
    wa_options_free(options);
    options = wa_options_new();
  }
}

static void sending_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(wa_send_options *, const char *, wa_error **);
  } list[] = {{NAMED(wa_send_options_set_quoted)}, {NAMED(wa_send_options_set_id)}, {NAMED(wa_send_options_set_until)}};
  size_t one = below(LENGTH(list));
  wa_send_options_set_deadline_ms(OPTIONAL(wa_send_options *, sending), number());
  judge(list[one].name, list[one].call(NEEDED(wa_send_options *, sending), any_text(false), ERROR), BIT(INVALID_ARGUMENT));
  if (below(8) == 0) {
    wa_send_options_free(sending);
    sending = wa_send_options_new();
  }
}

static void text_call(void) {
  static const struct {
    const char *name;
    wa_code (*call)(const char *, char **, wa_error **);
    unsigned documented;
  } list[] = {{NAMED(wa_qr_terminal), BIT(INVALID_ARGUMENT)}, {NAMED(wa_qr_svg), BIT(INVALID_ARGUMENT)},
              {NAMED(wa_qr_data_url), BIT(INVALID_ARGUMENT)}, {NAMED(wa_phone_parse), BIT(INVALID_PHONE)},
              {NAMED(wa_mask), NEVER}};
  size_t one = below(LENGTH(list));
  size_t length = 1;
  wa_code code;
  if (below(5) == 0) {
    code = wa_qr_png(any_text(false), (uint32_t)number(), NEEDED_RESULT(uint8_t **, &bytes), NEEDED(size_t *, &length), ERROR);
    judge("wa_qr_png", code, BIT(INVALID_ARGUMENT));
    if (code == WA_CODE_OK) CHECK(length > 8 && memcmp(bytes + 1, "PNG", 3) == 0);
    if (code == WA_CODE_OK) wa_bytes_free(bytes, length);
    bytes = STALE(uint8_t);
    return;
  }
  code = list[one].call(any_text(false), NEEDED_RESULT(char **, &string), ERROR);
  judge(list[one].name, code, list[one].documented);
  if (code == WA_CODE_OK) CHECK(strlen(string) < (8u << 20));
}

static void subscribe_call(void) {
  wa_event_callback callback = NEEDED(wa_event_callback, (uintptr_t)heard);
  wa_destructor destructor = OPTIONAL(wa_destructor, (uintptr_t)destroyed);
  wa_subscription **place = NEEDED_RESULT(wa_subscription **, &subscription);
  struct owed *owed = owe(&slot->subscriptions, "wa_client_subscribe", NEVER);
  const char *name = any_text(true);
  wa_code code = below(2) == 0
                     ? wa_client_subscribe(CLIENT, name, callback, owed, destructor, place, ERROR)
                     : wa_client_subscribe_after(CLIENT, number(), name, callback, owed, destructor, place, ERROR);
  owed->accepted = code == WA_CODE_OK;
  judge(owed->name, code, BIT(INVALID_ARGUMENT));
  if (code != WA_CODE_OK) CHECK(owed->told + owed->ended + owed->destroyed == 0);
}

/* Nothing here can fail; it must only come back. */
static void reading_call(void) {
  const wa_value *from = OPTIONAL(const wa_value *, kept);
  const char *at = any_text(true);
  size_t length = 1;
  const char *found = wa_value_string(from, at, OPTIONAL(size_t *, &length));
  CHECK(found == NULL || strlen(found) < (2u << 20));
  int64_t otherwise = (int64_t)number();
  CHECK(from != NULL || (wa_value_int(from, at, otherwise) == otherwise && wa_value_time_ms(from, at, otherwise) == otherwise));
  (void)wa_value_int(from, at, otherwise);
  (void)wa_value_time_ms(from, at, otherwise);
  (void)wa_value_bool(from, at, true);
  CHECK(wa_value_count(from, at) < (2u << 20) && wa_value_json(from) != NULL && wa_event_name(from) != NULL);
  (void)wa_value_has(from, at);
  CHECK(strlen(wa_code_name((int32_t)number())) > 0 && strlen(wa_version()) > 0);
  (void)wa_client_is_authenticated(OPTIONAL(const wa_client *, slot->client));
  const wa_client *client = OPTIONAL(const wa_client *, slot->client);
  CHECK((wa_client_session(client) == NULL) == (client == NULL));
  wa_value *copy = wa_value_copy(from);
  CHECK((copy == NULL) == (from == NULL));
  wa_value_free(copy);
  if (below(4) == 0) {
    wa_value_free(kept);
    kept = wa__testing_value(any_text(true));
  }
}

/* Results of this turn are kept for a while, in the place of older ones, or freed. */
static void take_results(void) {
  if (value != STALE(wa_value) && value != NULL) {
    CHECK(strlen(wa_value_json(value)) > 0);
    wa_value_free(kept);
    kept = value;
  }
  if (call != STALE(wa_call) && call != NULL) {
    wa_call **place = ONE_OF(calls);
    if (below(2) == 0) wa_call_cancel(*place);
    wa_call_free(*place);
    *place = call;
  }
  if (below(8) == 0) wa_call_cancel(*ONE_OF(calls));
  if (subscription != STALE(wa_subscription) && subscription != NULL) {
    wa_subscription **place = ONE_OF(subscriptions);
    wa_subscription_free(*place);
    *place = subscription;
  }
  if (made != STALE(wa_client)) wa_client_free(made);
  if (string != STALE(char)) wa_string_free(string);
  while (text_count > 0) free(texts[--text_count]);
}

static void (*const TURNS[])(void) = {plain_call,   timed_call, value_call,   message_call, started_call,   started_call,
                                      options_call, new_call,   sending_call, text_call,    subscribe_call, reading_call};

int main(int argc, char **argv) {
  CHECK(argc == 4);
  seed = strtoull(argv[3], NULL, 10);
  /* Whatever hangs is ended. */
  alarm(400);
  size_t threads = count_threads(), children = count_children();
  options = wa_options_new();
  sending = wa_send_options_new();
  for (size_t n = 0; n < LENGTH(slots); n++) renew(&slots[n], argv[1]);
  for (long turn = 0; turn < atol(argv[2]); turn++) {
    slot = ONE_OF(slots);
    if (below(100) == 0) renew(slot, argv[1]);
    refused = false;
    asked = NULL;
    value = STALE(wa_value);
    call = STALE(wa_call);
    subscription = STALE(wa_subscription);
    made = STALE(wa_client);
    string = STALE(char);
    bytes = STALE(uint8_t);
    error = STALE(wa_error);
    (*ONE_OF(TURNS))();
    take_results();
  }
  for (size_t n = 0; n < LENGTH(slots); n++) renew(&slots[n], NULL);
  for (size_t n = 0; n < LENGTH(calls); n++) wa_call_free(calls[n]);
  for (size_t n = 0; n < LENGTH(slots); n++) {
    for (struct owed *owed = slots[n].subscriptions, *after; owed != NULL; owed = after) {
      after = owed->next;
      CHECK(owed->destroyed <= owed->accepted && owed->ended <= owed->accepted);
      free(owed);
    }
  }
  wa_value_free(kept);
  wa_options_free(options);
  wa_send_options_free(sending);
  wait_nothing_left(threads, children);
  printf("done arguments\n");
  return 0;
}
