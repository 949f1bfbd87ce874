/* Several clients, and what is known about the page. */
#include "harness.h"

void two_clients(struct rig *rig) {
  struct events firsts, seconds;
  struct rig other = {rig->other, rig->directory, NULL, NULL};
  wa_client *first = ready_client(rig, &firsts, "{\"session\": \"one\"}");
  wa_client *second = ready_client(&other, &seconds, "{\"session\": \"two\"}");
  tell_sim_text(rig->sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"for the first\"}", FRIEND);
  tell_sim_text(other.sim, "/sim/messages", "{\"from\": \"%s\", \"body\": \"for the second\"}", FRIEND);
  CHECK(is_text(wait_event(&firsts, "message", "/data/body", "for the first"), "/session", "one"));
  CHECK(is_text(wait_event(&seconds, "message", "/data/body", "for the second"), "/session", "two"));
  CHECK(count_events(&firsts, "message") == 1 && count_events(&seconds, "message") == 1);
  wa_client_free(first);
  CHECK(has_status(rig, second, "READY"));
  wa_client_free(second);
  events_end(&firsts);
  events_end(&seconds);
}

void page_report(struct rig *rig) {
  wa_client *client = new_client(rig, NULL);
  wa_value *report = NULL, *again = NULL;
  OK(wa_client_capability_report(client, &report, &rig->error));
  CHECK(report == NULL);
  OK(wa_client_doctor(client, PATIENCE_MS, &report, &rig->error));
  CHECK(wa_value_bool(report, "/complete", false) && wa_value_count(report, "/report") > 5);
  CHECK(is_text(report, "/report/0/status", "ok"));
  OK(wa_client_capability_report(client, &again, &rig->error));
  CHECK(strcmp(wa_value_json(report), wa_value_json(again)) == 0);
  wa_value_free(report);
  wa_value_free(again);
  wa_client_free(client);
}

void status_from_redis(struct rig *rig) {
  wa_client *clients[2];
  for (int n = 0; n < 2; n++) {
    wa_options *options = sim_options(rig, "{\"cacheTimeout\": 5000}");
    OK(wa_options_set_redis_url(options, rig->other, &rig->error));
    OK(wa_client_new(options, &clients[n], &rig->error));
    wa_options_free(options);
  }
  wa_value *code = NULL, *read = NULL, *status = NULL;
  OK(wa_client_initialize(clients[0], PATIENCE_MS, &rig->error));
  OK(wa_client_qr_code(clients[0], &code, &rig->error));
  const char *payload = wa_value_string(code, "/payload", NULL);
  /* It is written behind the back of the call; each turn asks the server. */
  for (int turn = 0; turn < 10000 && !(read != NULL && is_text(read, "/payload", payload)); turn++) {
    wa_value_free(read);
    OK(wa_client_qr_code(clients[1], &read, &rig->error));
  }
  CHECK(read != NULL && is_text(read, "/payload", payload));
  OK(wa_client_cached_status(clients[1], &status, &rig->error));
  CHECK(is_text(status, "/status", "QR_READY"));
  CHECK(has_status(rig, clients[1], "DISCONNECTED"));
  wa_value_free(code);
  wa_value_free(read);
  wa_value_free(status);
  wa_client_free(clients[1]);
  wa_client_free(clients[0]);
}
