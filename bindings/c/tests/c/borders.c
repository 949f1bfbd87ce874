/* What must not break the border: NULL, texts that are none, panics at each stage, handles in any order, ends in any place. Needs
 * no browser: borders NAME DIRECTORY. */
#include <dirent.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "harness.h"

static wa_client *quiet_client(struct rig *rig) {
  wa_client *client = NULL;
  wa_options *options = wa_options_new();
  OK(wa_options_set_session_path(options, rig->directory, &rig->error));
  /* Nothing is started here. */
  OK(wa_options_set_executable(options, "no-such-browser", &rig->error));
  OK(wa_client_new(options, &client, &rig->error));
  wa_options_free(options);
  return client;
}

static void ignore_event(void *user_data, const wa_value *event) {
  (void)user_data;
  (void)event;
}

static void ignore_result(void *user_data, const wa_value *result, const wa_error *error) {
  (void)user_data;
  (void)result;
  (void)error;
}

#define REFUSED(call) FAILS(WA_CODE_INVALID_ARGUMENT, call)

/* Every function takes NULL in every place. */
static void null_arguments(struct rig *rig) {
  wa_error **error = &rig->error;
  wa_client *client = quiet_client(rig);
  wa_options *options = wa_options_new();
  wa_send_options *sending = wa_send_options_new();
  wa_client *made = NULL;
  wa_value *value = NULL;
  wa_call *call = NULL;
  wa_subscription *subscription = NULL;
  char *text = NULL;
  uint8_t *bytes = NULL;
  size_t length = 1;
  int32_t ack = 0;
  bool flag = false;
  REFUSED(wa_client_new(NULL, NULL, error));
  REFUSED(wa_client_config(NULL, &value, error));
  REFUSED(wa_client_config(client, NULL, error));
  REFUSED(wa_client_initialize(NULL, 0, error));
  REFUSED(wa_client_wait_ready(NULL, 0, error));
  REFUSED(wa_client_reconnect(NULL, 0, error));
  REFUSED(wa_client_disconnect(NULL, error));
  REFUSED(wa_client_logout(NULL, error));
  REFUSED(wa_client_shutdown(NULL, error));
  REFUSED(wa_client_qr_code(NULL, &value, error));
  REFUSED(wa_client_generate_qr_code(NULL, &value, error));
  REFUSED(wa_client_request_pairing_code(NULL, OWN, &value, error));
  REFUSED(wa_client_request_pairing_code(client, NULL, &value, error));
  REFUSED(wa_client_cancel_pairing_code(NULL, error));
  REFUSED(wa_client_connection_status(NULL, &value, error));
  REFUSED(wa_client_capability_report(NULL, &value, error));
  REFUSED(wa_client_cached_status(NULL, &value, error));
  REFUSED(wa_client_doctor(NULL, 0, &value, error));
  REFUSED(wa_client_send_message(NULL, FRIEND, "x", NULL, &value, error));
  REFUSED(wa_client_send_message(client, NULL, "x", NULL, &value, error));
  REFUSED(wa_client_send_message(client, FRIEND, NULL, NULL, &value, error));
  REFUSED(wa_client_is_registered(NULL, FRIEND, &flag, error));
  REFUSED(wa_client_is_registered(client, NULL, &flag, error));
  REFUSED(wa_client_is_registered(client, FRIEND, NULL, error));
  REFUSED(wa_client_message_status(NULL, "x", &ack, error));
  REFUSED(wa_client_message_status(client, NULL, &ack, error));
  REFUSED(wa_client_message_status(client, "x", NULL, error));
  REFUSED(wa_client_initialize_async(NULL, ignore_result, NULL, &call, error));
  REFUSED(wa_client_initialize_async(client, NULL, NULL, &call, error));
  REFUSED(wa_client_send_message_async(NULL, FRIEND, "x", NULL, ignore_result, NULL, &call, error));
  REFUSED(wa_client_send_message_async(client, NULL, "x", NULL, ignore_result, NULL, &call, error));
  REFUSED(wa_client_send_message_async(client, FRIEND, NULL, NULL, ignore_result, NULL, &call, error));
  REFUSED(wa_client_send_message_async(client, FRIEND, "x", NULL, NULL, NULL, &call, error));
  REFUSED(wa_client_subscribe(NULL, "*", ignore_event, NULL, NULL, &subscription, error));
  REFUSED(wa_client_subscribe(client, "*", NULL, NULL, NULL, &subscription, error));
  REFUSED(wa_client_subscribe(client, "*", ignore_event, NULL, NULL, NULL, error));
  REFUSED(wa_client_subscribe(client, "no event", ignore_event, NULL, NULL, &subscription, error));
  REFUSED(wa_client_subscribe_after(NULL, 0, "*", ignore_event, NULL, NULL, &subscription, error));
  REFUSED(wa_options_set_json(NULL, "{}", error));
  REFUSED(wa_options_set_json(options, NULL, error));
  REFUSED(wa_options_set_session(NULL, "x", error));
  REFUSED(wa_options_set_session(options, NULL, error));
  REFUSED(wa_options_set_event_queue(NULL, 1, error));
  REFUSED(wa_send_options_set_id(NULL, "3EB0AA", error));
  REFUSED(wa_send_options_set_id(sending, NULL, error));
  REFUSED(wa_send_options_set_quoted(sending, NULL, error));
  REFUSED(wa_send_options_set_until(sending, NULL, error));
  REFUSED(wa_send_options_set_until(sending, "whenever", error));
  REFUSED(wa_qr_terminal(NULL, &text, error));
  REFUSED(wa_qr_svg("x", NULL, error));
  REFUSED(wa_qr_data_url(NULL, &text, error));
  REFUSED(wa_qr_png(NULL, 1, &bytes, &length, error));
  REFUSED(wa_qr_png("x", 1, NULL, &length, error));
  REFUSED(wa_qr_png("x", 1, &bytes, NULL, error));
  REFUSED(wa_qr_png("x", 0, &bytes, &length, error));
  REFUSED(wa_phone_parse(NULL, &text, error));
  REFUSED(wa_mask(NULL, &text, error));
  CHECK(strcmp(wa_error_message(rig->error), "text is NULL") == 0);
  CHECK(made == NULL && value == NULL && call == NULL && subscription == NULL && text == NULL && bytes == NULL && length == 0);
  /* Without a place for the error. */
  CHECK(wa_client_initialize(NULL, 0, NULL) == WA_CODE_INVALID_ARGUMENT);
  CHECK(wa_client_connection_status(client, NULL, NULL) == WA_CODE_OK);
  wa_send_options_set_deadline_ms(NULL, 1);
  CHECK(wa_client_session(NULL) == NULL && !wa_client_is_authenticated(NULL));
  CHECK(wa_error_code(NULL) == WA_CODE_OK && wa_error_maybe_sent(NULL) == -1 && wa_error_retry_after_ms(NULL) == -1);
  CHECK(wa_error_text(NULL)[0] == 0 && wa_error_message_id(NULL) == NULL && wa_error_value(NULL) == NULL);
  CHECK(strcmp(wa_value_json(NULL), "null") == 0 && wa_value_copy(NULL) == NULL && !wa_value_has(NULL, ""));
  CHECK(wa_value_string(NULL, "", &length) == NULL && length == 0 && wa_value_int(NULL, "", 7) == 7);
  CHECK(wa_event_name(NULL)[0] == 0 && wa_value_count(NULL, "") == 0 && wa_value_time_ms(NULL, "", 8) == 8);
  wa_call_cancel(NULL);
  wa_call_free(NULL);
  wa_subscription_free(NULL);
  wa_value_free(NULL);
  wa_error_free(NULL);
  wa_options_free(NULL);
  wa_send_options_free(NULL);
  wa_string_free(NULL);
  wa_bytes_free(NULL, 0);
  wa_client_free(NULL);
  wa_options_free(options);
  wa_send_options_free(sending);
  wa_client_free(client);
}

/* Texts that are not UTF-8, are huge, or are not what they should be. */
static void strange_texts(struct rig *rig) {
  wa_error **error = &rig->error;
  wa_client *client = quiet_client(rig), *made = NULL;
  wa_options *options = wa_options_new();
  wa_value *value = NULL;
  char *text = NULL;
  bool flag = false;
  const char *const broken[] = {"\xff", "\xc3", "\xed\xa0\x80", "a\x80z"};
  for (size_t n = 0; n < sizeof broken / sizeof *broken; n++) {
    REFUSED(wa_client_send_message(client, broken[n], "x", NULL, &value, error));
    REFUSED(wa_client_send_message(client, FRIEND, broken[n], NULL, &value, error));
    REFUSED(wa_client_is_registered(client, broken[n], &flag, error));
    REFUSED(wa_options_set_session(options, broken[n], error));
    REFUSED(wa_options_set_json(options, broken[n], error));
    REFUSED(wa_qr_svg(broken[n], &text, error));
    REFUSED(wa_mask(broken[n], &text, error));
    CHECK(strcmp(wa_error_message(rig->error), "text is not UTF-8") == 0);
  }
  size_t size = 32u << 20;
  char *huge = (char *)malloc(size + 1);
  CHECK(huge != NULL);
  memset(huge, 'x', size);
  huge[size] = 0;
  REFUSED(wa_client_send_message(client, FRIEND, huge, NULL, &value, error));
  FAILS(WA_CODE_INVALID_PHONE, wa_client_send_message(client, huge, "x", NULL, &value, error));
  REFUSED(wa_qr_png(huge, 1, (uint8_t **)&text, &size, error));
  FAILS(WA_CODE_INVALID_PHONE, wa_phone_parse(huge, &text, error));
  CHECK(strlen(wa_error_json(rig->error)) < 500);
  free(huge);
  FAILS(WA_CODE_CONFIG, wa_options_set_json(options, "[]", error));
  FAILS(WA_CODE_CONFIG, wa_options_set_json(options, "", error));
  OK(wa_options_set_json(options, "{\"noSuchSetting\": 1}", error));
  FAILS(WA_CODE_CONFIG, wa_client_new(options, &made, error));
  CHECK(made == NULL && strstr(wa_error_message(rig->error), "noSuchSetting") != NULL);
  wa_options_free(options);
  options = wa_options_new();
  OK(wa_options_set_event_queue(options, 0, error));
  FAILS(WA_CODE_CONFIG, wa_client_new(options, &made, error));
  OK(wa_phone_parse("+55 (11) 98888-7777", &text, error));
  CHECK(strcmp(text, FRIEND) == 0);
  wa_string_free(text);
  OK(wa_mask("5511988887799", &text, error));
  CHECK(strcmp(text, "55*********99") == 0);
  wa_string_free(text);
  wa_options_free(options);
  wa_client_free(client);
}

/* What callbacks are told of each stage that fails, and what blocking calls answer. */
static void failing_stages(struct rig *rig) {
  wa_client *client = quiet_client(rig);
  const struct {
    const char *stage;
    wa_code code;
  } stages[] = {{"argument", WA_CODE_INVALID_ARGUMENT}, {"border", WA_CODE_INTERNAL}, {"call", WA_CODE_SEND_FAILED},
                {"panic", WA_CODE_INTERNAL},            {"result", WA_CODE_INTERNAL}, {"none", WA_CODE_OK}};
  for (size_t n = 0; n < sizeof stages / sizeof *stages; n++) {
    clear(rig);
    CHECK(wa__testing_fail(client, stages[n].stage, &rig->error) == stages[n].code);
    CHECK(wa_error_code(rig->error) == stages[n].code);
    if (n < 2) continue;
    struct told told;
    told_begin(&told);
    OK(wa__testing_fail_async(client, stages[n].stage, told_callback, &told, NULL, &rig->error));
    told_wait(&told);
    CHECK(told.code == stages[n].code && told.result == NULL);
    told_end(&told);
  }
  /* It goes on working. */
  CHECK(has_status(rig, client, "DISCONNECTED"));
  wa_client_free(client);
}

struct counted {
  pthread_mutex_t lock;
  pthread_cond_t more;
  int events, ends, destroyed;
};

static void count_event(void *user_data, const wa_value *event) {
  struct counted *counted = (struct counted *)user_data;
  pthread_mutex_lock(&counted->lock);
  CHECK(counted->destroyed == 0 && counted->ends == 0);
  counted->events += event != NULL;
  counted->ends += event == NULL;
  pthread_cond_broadcast(&counted->more);
  pthread_mutex_unlock(&counted->lock);
}

static void count_destroyed(void *user_data) {
  struct counted *counted = (struct counted *)user_data;
  pthread_mutex_lock(&counted->lock);
  counted->destroyed++;
  pthread_cond_broadcast(&counted->more);
  pthread_mutex_unlock(&counted->lock);
}

#define COUNTED {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0}

static void wait_destroyed(struct counted *counted) {
  pthread_mutex_lock(&counted->lock);
  while (counted->destroyed == 0) pthread_cond_wait(&counted->more, &counted->lock);
  pthread_mutex_unlock(&counted->lock);
}

/* A panic in the path of an event ends the subscription with a word, and nothing else. */
static void panic_in_an_event(struct rig *rig) {
  struct counted broken = COUNTED, whole = COUNTED;
  wa_subscription *first = NULL, *second = NULL;
  wa_client *client = quiet_client(rig);
  OK(wa__testing_subscribe(client, count_event, &broken, count_destroyed, &first, &rig->error));
  OK(wa_client_subscribe(client, NULL, count_event, &whole, count_destroyed, &second, &rig->error));
  FAILS(WA_CODE_BROWSER_NOT_FOUND, wa_client_reconnect(client, WA_FOREVER, &rig->error));
  wait_destroyed(&broken);
  CHECK(broken.events == 0 && broken.ends == 1);
  wa_subscription_free(first);
  wa_client_free(client);
  CHECK(whole.ends == 1 && whole.destroyed == 1 && broken.destroyed == 1);
  wa_subscription_free(second);
  CHECK(whole.destroyed == 1);
}

struct inside {
  struct counted counted;
  struct rig *rig;
  wa_client *client;
  wa_subscription *subscription;
  bool free_client;
};

/* Blocks, and ends what it belongs to. */
static void end_inside(void *user_data, const wa_value *event) {
  struct inside *inside = (struct inside *)user_data;
  if (event == NULL) return;
  CHECK(inside->counted.events++ == 0);
  wa_value *code = NULL;
  CHECK(wa_client_qr_code(inside->client, &code, NULL) == WA_CODE_OK && code == NULL);
  if (inside->free_client) {
    wa_client_free(inside->client);
  }
  wa_subscription_free(inside->subscription);
}

static void inside_destroyed(void *user_data) { count_destroyed(&((struct inside *)user_data)->counted); }

static void end_in_completion(void *user_data, const wa_value *result, const wa_error *error) {
  struct inside *inside = (struct inside *)user_data;
  (void)result;
  (void)error;
  CHECK(!wa_client_is_authenticated(inside->client));
  CHECK(wa_client_disconnect(inside->client, NULL) == WA_CODE_OK);
  wa_client_free(inside->client);
  inside_destroyed(inside);
}

static void end_inside_callbacks(struct rig *rig) {
  for (int turn = 0; turn < 20; turn++) {
    struct inside inside = {COUNTED, rig, quiet_client(rig), NULL, turn % 2 == 1};
    OK(wa_client_subscribe(inside.client, "manual_reconnect", end_inside, &inside, inside_destroyed, &inside.subscription,
                           &rig->error));
    wa_client *client = inside.client;
    wa_call *call = NULL;
    /* It does not start: there is no such browser. The event comes first. */
    OK(wa_client_reconnect_async(client, ignore_result, NULL, &call, &rig->error));
    wait_destroyed(&inside.counted);
    wa_call_cancel(call);
    wa_call_free(call);
    if (!inside.free_client) wa_client_free(client);
    struct inside completion = {COUNTED, rig, quiet_client(rig), NULL, true};
    OK(wa_client_disconnect_async(completion.client, end_in_completion, &completion, NULL, &rig->error));
    wait_destroyed(&completion.counted);
  }
}

/* Handles are freed before and after what they belong to. */
static void any_order(struct rig *rig) {
  for (int turn = 0; turn < 20; turn++) {
    struct counted counted = COUNTED, early = COUNTED;
    wa_subscription *subscription = NULL, *other = NULL;
    wa_call *call = NULL;
    wa_value *config = NULL;
    wa_client *client = quiet_client(rig);
    struct told told;
    told_begin(&told);
    OK(wa_client_subscribe(client, "*", count_event, &counted, count_destroyed, &subscription, &rig->error));
    OK(wa_client_subscribe(client, "qr", count_event, &early, count_destroyed, &other, &rig->error));
    OK(wa__testing_fail_async(client, "never", told_callback, &told, &call, &rig->error));
    OK(wa_client_config(client, &config, &rig->error));
    wa_subscription_free(other);
    CHECK(early.destroyed == 1 && early.ends == 0);
    if (turn % 2 == 0) wa_call_free(call);
    wa_client_free(client);
    CHECK(counted.ends == 1 && counted.destroyed == 1 && told.times == 1 && told.code == WA_CODE_CANCELLED);
    if (turn % 2 == 1) {
      wa_call_cancel(call);
      wa_call_free(call);
    }
    wa_subscription_free(subscription);
    CHECK(is_text(config, "/session", "default"));
    wa_value_free(config);
    told_end(&told);
  }
}

/* Values hold texts with a NUL inside, and what is not there. */
static void values(struct rig *rig) {
  (void)rig;
  size_t length = 0;
  wa_value *value = wa__testing_value("{\"a\": \"x\\u0000y\", \"b\": [1, true, null], \"t\": \"2026-08-01T12:00:00.007Z\"}");
  const char *text = wa_value_string(value, "/a", &length);
  CHECK(length == 3 && memcmp(text, "x\0y", 4) == 0 && text == wa_value_string(value, "/a", NULL));
  CHECK(wa_value_count(value, "/b") == 3 && wa_value_int(value, "/b/0", 0) == 1 && wa_value_bool(value, "/b/1", false));
  CHECK(wa_value_has(value, "/b/1") && !wa_value_has(value, "/b/2") && !wa_value_has(value, "/c"));
  CHECK(wa_value_time_ms(value, "/t", 0) == 1785585600007 && wa_value_time_ms(value, "/a", -5) == -5);
  CHECK(wa_value_string(value, "/b", NULL) == NULL && wa_value_string(value, "\xff", NULL) == NULL);
  wa_value *copy = wa_value_copy(value);
  wa_value_free(value);
  CHECK(is_text(copy, "/t", "2026-08-01T12:00:00.007Z"));
  wa_value_free(copy);
}

/* How many threads of the library there are, less those that hold SIGPIPE back. */
static int threads_without_block(int *all) {
  int without = *all = 0;
  DIR *tasks = opendir("/proc/self/task");
  CHECK(tasks != NULL);
  for (struct dirent *entry; (entry = readdir(tasks)) != NULL;) {
    char path[300], line[256];
    snprintf(path, sizeof path, "/proc/self/task/%s/status", entry->d_name);
    FILE *status = entry->d_name[0] == '.' ? NULL : fopen(path, "r");
    if (status == NULL) continue;
    bool ours = false;
    unsigned long long blocked = 0;
    while (fgets(line, sizeof line, status) != NULL) {
      if (strcmp(line, "Name:\twa-client\n") == 0) ours = true;
      sscanf(line, "SigBlk: %llx", &blocked);
    }
    fclose(status);
    *all += ours;
    without += ours && (blocked >> (SIGPIPE - 1) & 1) == 0;
  }
  closedir(tasks);
  return without;
}

/* A write to a browser that has ended must not end a program that leaves SIGPIPE alone, and it is left alone. */
static void broken_pipe(struct rig *rig) {
  struct sigaction before, after;
  sigset_t blocked;
  int all = 0;
  CHECK(sigaction(SIGPIPE, NULL, &before) == 0 && before.sa_handler == SIG_DFL);
  wa_client *client = quiet_client(rig);
  /* A thread gets its name before it runs. */
  for (int turn = 0; turn < 200 && (threads_without_block(&all) > 0 || all < 2); turn++) poll(NULL, 0, 10);
  CHECK(threads_without_block(&all) == 0 && all >= 2);
  CHECK(sigaction(SIGPIPE, NULL, &after) == 0 && after.sa_handler == SIG_DFL);
  CHECK(pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0 && !sigismember(&blocked, SIGPIPE));
  wa_client_free(client);
}

/* The program ends while everything is under way, and frees nothing. */
static void exit_without_free(struct rig *rig) {
  wa_subscription *subscription = NULL;
  wa_client *client = quiet_client(rig);
  OK(wa_client_subscribe(client, "*", ignore_event, NULL, NULL, &subscription, &rig->error));
  OK(wa__testing_fail_async(client, "never", ignore_result, NULL, NULL, &rig->error));
  OK(wa_client_initialize_async(client, ignore_result, NULL, NULL, &rig->error));
  printf("done exit_without_free\n");
  exit(0);
}

static const struct {
  const char *name;
  scenario *run;
} BORDERS[] = {{"null_arguments", null_arguments},
               {"strange_texts", strange_texts},
               {"failing_stages", failing_stages},
               {"panic_in_an_event", panic_in_an_event},
               {"end_inside_callbacks", end_inside_callbacks},
               {"any_order", any_order},
               {"values", values},
               {"broken_pipe", broken_pipe},
               {"exit_without_free", exit_without_free}};

int main(int argc, char **argv) {
  CHECK(argc == 3);
  struct rig rig = {NULL, argv[2], NULL, NULL};
  /* Whatever hangs is ended. */
  alarm(120);
  size_t threads = count_threads(), children = count_children();
  for (size_t n = 0; n < sizeof BORDERS / sizeof *BORDERS; n++) {
    if (strcmp(BORDERS[n].name, argv[1]) != 0) continue;
    BORDERS[n].run(&rig);
    clear(&rig);
    wait_nothing_left(threads, children);
    printf("done %s\n", argv[1]);
    return 0;
  }
  return 2;
}
