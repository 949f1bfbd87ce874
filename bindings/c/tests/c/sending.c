/* Messages go out once, and their fate is known. */
#include "harness.h"

/* Sends a text and answers what was sent; free it. */
static wa_value *send_text(struct rig *rig, wa_client *client, const char *to, const char *text) {
  wa_value *sent = NULL;
  OK(wa_client_send_message(client, to, text, NULL, &sent, &rig->error));
  CHECK(sent != NULL);
  return sent;
}

/* The server never confirms anything. */
static void no_acks(struct rig *rig) { tell_sim(rig->sim, "PUT", "/sim/acks", "{\"server_ms\": null}"); }

void send_and_acks(struct rig *rig) {
  struct events events;
  declare_friend(rig);
  wa_client *client = ready_client(rig, &events, NULL);
  wa_value *sent = send_text(rig, client, "+55 (11) 98888-7777", "hello");
  const char *id = wa_value_string(sent, "/id", NULL);
  wa_value *outbox = call_sim(rig->sim, "GET", "/sim/outbox", NULL);
  CHECK(wa_value_int(outbox, "/total", 0) == 1 && is_text(outbox, "/messages/0/body", "hello"));
  CHECK(is_text(outbox, "/messages/0/id", id));
  wa_value_free(outbox);
  for (int64_t last = 0; last < 3;) {
    int64_t level = wa_value_int(wait_event(&events, "message_ack", "/data/id", id), "/data/ack", -2);
    CHECK(level > last);
    last = level;
  }
  CHECK(count_texts(&events, "message_sent", "/data/id", id) == 1);
  CHECK(count_texts(&events, "message_create", "/data/id", id) == 1);
  wa_value_free(sent);
  wa_client_free(client);
  events_end(&events);
}

void send_with_options(struct rig *rig) {
  struct events events;
  declare_friend(rig);
  wa_client *client = ready_client(rig, &events, NULL);
  tell_sim_text(rig->sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"a question\"}", FRIEND);
  const wa_value *asked = wait_event(&events, "message", "/data/body", "a question");
  const char *chat = wa_value_string(asked, "/data/chat", NULL);
  wa_send_options *options = wa_send_options_new();
  OK(wa_send_options_set_quoted(options, wa_value_string(asked, "/data/key", NULL), &rig->error));
  OK(wa_send_options_set_id(options, "3EB0AABBCCDDEEFF00", &rig->error));
  wa_value *first = NULL, *again = NULL, *late = NULL;
  OK(wa_client_send_message(client, chat, "an answer", options, &first, &rig->error));
  OK(wa_client_send_message(client, chat, "an answer", options, &again, &rig->error));
  wa_send_options_free(options);
  CHECK(!wa_value_bool(first, "/duplicate", true));
  CHECK(wa_value_bool(again, "/duplicate", false));
  CHECK(is_text(again, "/key", wa_value_string(first, "/key", NULL)));
  options = wa_send_options_new();
  OK(wa_send_options_set_until(options, "delivered", &rig->error));
  wa_send_options_set_deadline_ms(options, PATIENCE_MS);
  OK(wa_client_send_message(client, chat, "wait", options, &late, &rig->error));
  CHECK(wa_value_int(late, "/ack", 0) >= 2);
  wa_send_options_free(options);
  wa_value *outbox = call_sim(rig->sim, "GET", "/sim/outbox", NULL);
  CHECK(wa_value_int(outbox, "/total", 0) == 2);
  CHECK(is_text(outbox, "/messages/0/quoted", wa_value_string(asked, "/data/id", NULL)));
  wa_value_free(outbox);
  wa_value_free(first);
  wa_value_free(again);
  wa_value_free(late);
  wa_client_free(client);
  events_end(&events);
}

void send_invalid_phone(struct rig *rig) {
  wa_client *client = ready_client(rig, NULL, NULL);
  const char *const numbers[] = {"12", "nobody", "+55 11 98888-7777 ext. 5"};
  for (size_t n = 0; n < 3; n++) {
    FAILS(WA_CODE_INVALID_PHONE, wa_client_send_message(client, numbers[n], "hello", NULL, NULL, &rig->error));
    CHECK(strcmp(wa_error_operation(rig->error), "send_message") == 0);
  }
  CHECK(sim_outbox(rig->sim) == 0);
  wa_client_free(client);
}

void send_not_registered(struct rig *rig) {
  wa_client *client = ready_client(rig, NULL, NULL);
  FAILS(WA_CODE_NOT_REGISTERED, wa_client_send_message(client, NOBODY, "hello", NULL, NULL, &rig->error));
  CHECK(wa_error_maybe_sent(rig->error) == 0 && wa_error_message_id(rig->error) != NULL);
  wa_client_free(client);
}

void send_not_ready(struct rig *rig) {
  wa_client *client = new_client(rig, NULL);
  wa_value *code = NULL;
  bool registered = false;
  FAILS(WA_CODE_NOT_READY, wa_client_send_message(client, FRIEND, "hello", NULL, NULL, &rig->error));
  CHECK(wa_error_maybe_sent(rig->error) == 0);
  FAILS(WA_CODE_NOT_READY, wa_client_generate_qr_code(client, &code, &rig->error));
  FAILS(WA_CODE_NOT_READY, wa_client_is_registered(client, FRIEND, &registered, &rig->error));
  FAILS(WA_CODE_NOT_READY, wa_client_wait_ready(client, WA_FOREVER, &rig->error));
  FAILS(WA_CODE_NOT_READY, wa_client_logout(client, &rig->error));
  wa_client_free(client);
}

void send_deadline_maybe_sent(struct rig *rig) {
  declare_friend(rig);
  wa_client *client = ready_client(rig, NULL, NULL);
  no_acks(rig);
  wa_send_options *options = wa_send_options_new();
  OK(wa_send_options_set_id(options, "3EB0AABBCCDDEEFF01", &rig->error));
  wa_send_options_set_deadline_ms(options, 3000);
  FAILS(WA_CODE_TIMEOUT, wa_client_send_message(client, FRIEND, "hello", options, NULL, &rig->error));
  CHECK(wa_error_maybe_sent(rig->error) == 1);
  CHECK(strcmp(wa_error_message_id(rig->error), "3EB0AABBCCDDEEFF01") == 0);
  wa_send_options_free(options);
  wa_client_free(client);
}

void check_number(struct rig *rig) {
  declare_friend(rig);
  wa_client *client = ready_client(rig, NULL, NULL);
  bool registered = false;
  OK(wa_client_is_registered(client, FRIEND, &registered, &rig->error));
  CHECK(registered);
  OK(wa_client_is_registered(client, NOBODY, &registered, &rig->error));
  CHECK(!registered);
  FAILS(WA_CODE_INVALID_PHONE, wa_client_is_registered(client, "12", &registered, &rig->error));
  struct told told;
  told_begin(&told);
  OK(wa_client_is_registered_async(client, FRIEND, told_callback, &told, NULL, &rig->error));
  told_wait(&told);
  CHECK(told.code == WA_CODE_OK && wa_value_bool(told.result, "", false));
  told_end(&told);
  wa_client_free(client);
}

void message_status(struct rig *rig) {
  struct events events;
  declare_friend(rig);
  wa_client *client = ready_client(rig, &events, NULL);
  wa_value *sent = send_text(rig, client, FRIEND, "hello");
  while (wa_value_int(wait_event(&events, "message_ack", NULL, NULL), "/data/ack", 0) != 3) continue;
  int32_t ack = 0;
  OK(wa_client_message_status(client, wa_value_string(sent, "/key", NULL), &ack, &rig->error));
  CHECK(ack == 3);
  OK(wa_client_message_status(client, "true_" FRIEND "@c.us_3EB0000000000000000000", &ack, &rig->error));
  CHECK(ack == WA_ACK_UNKNOWN);
  FAILS(WA_CODE_INVALID_ARGUMENT, wa_client_message_status(client, "no key", &ack, &rig->error));
  wa_value_free(sent);
  wa_client_free(client);
  events_end(&events);
}

void cancel_pending_call(struct rig *rig) {
  struct events events;
  struct told told;
  wa_call *call = NULL;
  declare_friend(rig);
  wa_client *client = ready_client(rig, &events, NULL);
  no_acks(rig);
  long since = sim_mark(rig->sim);
  told_begin(&told);
  OK(wa_client_send_message_async(client, FRIEND, "in doubt", NULL, told_callback, &told, &call, &rig->error));
  sim_wait(rig->sim, since, "message.received");
  wa_call_cancel(call);
  told_wait(&told);
  CHECK(told.code == WA_CODE_CANCELLED && told.maybe_sent == 1 && told.id[0] != 0 && told.result == NULL);
  wa_call_cancel(call);
  wa_call_free(call);
  told_end(&told);
  /* One that waits for the connection has not left, and does not leave later. */
  tell_sim(rig->sim, "PUT", "/sim/acks", "{\"server_ms\": 10}");
  tell_sim(rig->sim, "PUT", "/sim/network", "{\"state\": \"offline\"}");
  wait_event(&events, "change_state", "/data/phase/name", "reconnecting");
  told_begin(&told);
  OK(wa_client_send_message_async(client, FRIEND, "never", NULL, told_callback, &told, &call, &rig->error));
  wa_call_cancel(call);
  told_wait(&told);
  CHECK(told.code == WA_CODE_CANCELLED && told.maybe_sent == 0);
  wa_call_free(call);
  told_end(&told);
  tell_sim(rig->sim, "PUT", "/sim/network", "{\"state\": \"online\"}");
  wait_event(&events, "ready", NULL, NULL);
  wa_value_free(send_text(rig, client, FRIEND, "goes on"));
  wa_value *outbox = call_sim(rig->sim, "GET", "/sim/outbox", NULL);
  CHECK(wa_value_int(outbox, "/total", 0) == 2 && is_text(outbox, "/messages/1/body", "goes on"));
  wa_value_free(outbox);
  wa_client_free(client);
  events_end(&events);
}

void close_while_pending(struct rig *rig) {
  struct told sending, waiting;
  declare_friend(rig);
  wa_client *client = ready_client(rig, NULL, NULL);
  no_acks(rig);
  long since = sim_mark(rig->sim);
  told_begin(&sending);
  told_begin(&waiting);
  OK(wa_client_send_message_async(client, FRIEND, "in doubt", NULL, told_callback, &sending, NULL, &rig->error));
  sim_wait(rig->sim, since, "message.received");
  OK(wa_client_shutdown(client, &rig->error));
  told_wait(&sending);
  CHECK(sending.code == WA_CODE_DISCONNECTED && sending.maybe_sent == 1);
  FAILS(WA_CODE_STOPPED, wa_client_send_message(client, FRIEND, "too late", NULL, NULL, &rig->error));
  FAILS(WA_CODE_STOPPED, wa_client_initialize(client, WA_FOREVER, &rig->error));
  OK(wa__testing_fail_async(client, "never", told_callback, &waiting, NULL, &rig->error));
  wa_client_free(client);
  CHECK(waiting.times == 1 && waiting.code == WA_CODE_CANCELLED);
  told_end(&sending);
  told_end(&waiting);
}
