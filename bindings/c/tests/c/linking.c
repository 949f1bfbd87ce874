/* An account is linked, stays linked, and is unlinked. */
#include <sys/stat.h>

#include "harness.h"

void link_by_qr(struct rig *rig) {
  struct events events;
  wa_client *client = new_client(rig, NULL);
  events_begin(&events, rig, client);
  CHECK(has_status(rig, client, "DISCONNECTED"));
  OK(wa_client_initialize(client, PATIENCE_MS, &rig->error));
  CHECK(has_status(rig, client, "QR_READY"));
  wa_value *code = NULL;
  OK(wa_client_qr_code(client, &code, &rig->error));
  const char *payload = wa_value_string(code, "/payload", NULL);
  CHECK(wa_value_time_ms(code, "/expiresAt", 0) > wa_value_time_ms(code, "/generatedAt", 0));
  char *drawing = NULL;
  OK(wa_qr_svg(payload, &drawing, &rig->error));
  CHECK(strstr(drawing, "<svg") != NULL);
  wa_string_free(drawing);
  OK(wa_qr_terminal(payload, &drawing, &rig->error));
  CHECK(strstr(drawing, "\xe2\x96\x80") != NULL);
  wa_string_free(drawing);
  OK(wa_qr_data_url(payload, &drawing, &rig->error));
  CHECK(strncmp(drawing, "data:image/png;base64,", 22) == 0);
  wa_string_free(drawing);
  uint8_t *png = NULL;
  size_t length = 0;
  OK(wa_qr_png(payload, 4, &png, &length, &rig->error));
  char *read = read_picture(rig, png, length);
  wa_bytes_free(png, length);
  CHECK(strcmp(read, payload) == 0);
  tell_sim_text(rig->sim, "/sim/phone/scan", "{\"qr\": \"%s\"}", read);
  free(read);
  wa_value_free(code);
  wait_event(&events, "qr", NULL, NULL);
  CHECK(!wa_value_bool(wait_event(&events, "authenticated", NULL, NULL), "/data/restored", true));
  wait_event(&events, "ready", "/data/me/phone", OWN);
  CHECK(has_status(rig, client, "READY") && wa_client_is_authenticated(client));
  OK(wa_client_qr_code(client, &code, &rig->error));
  CHECK(code == NULL);
  CHECK(strcmp(wa_client_session(client), "default") == 0);
  wa_client_free(client);
  CHECK(events.ended);
  events_end(&events);
}

void link_by_pairing_code(struct rig *rig) {
  struct events events;
  wa_client *client = new_client(rig, NULL);
  events_begin(&events, rig, client);
  OK(wa_client_initialize(client, PATIENCE_MS, &rig->error));
  wa_value *code = NULL;
  OK(wa_client_request_pairing_code(client, OWN, &code, &rig->error));
  const char *text = wa_value_string(code, "/code", NULL);
  CHECK(strlen(text) == 9 && text[4] == '-');
  wait_event(&events, "code", "/data/code", text);
  tell_sim_text(rig->sim, "/sim/phone/pair", "{\"code\": \"%s\"}", text);
  wa_value_free(code);
  OK(wa_client_wait_ready(client, PATIENCE_MS, &rig->error));
  wa_client_free(client);
  events_end(&events);
}

void cancel_pairing_code(struct rig *rig) {
  struct events events;
  wa_client *client = new_client(rig, NULL);
  events_begin(&events, rig, client);
  OK(wa_client_initialize(client, PATIENCE_MS, &rig->error));
  wa_value *code = NULL;
  OK(wa_client_request_pairing_code(client, OWN, &code, &rig->error));
  wa_value_free(code);
  wait_event(&events, "code", NULL, NULL);
  OK(wa_client_cancel_pairing_code(client, &rig->error));
  const wa_value *first = wait_event(&events, "qr", NULL, NULL);
  OK(wa_client_generate_qr_code(client, &code, &rig->error));
  const char *payload = wa_value_string(code, "/payload", NULL);
  CHECK(!is_text(first, "/data/payload", payload));
  tell_sim_text(rig->sim, "/sim/phone/scan", "{\"qr\": \"%s\"}", payload);
  wa_value_free(code);
  wait_event(&events, "ready", NULL, NULL);
  FAILS(WA_CODE_ALREADY_AUTHENTICATED, wa_client_generate_qr_code(client, &code, &rig->error));
  CHECK(code == NULL);
  wa_client_free(client);
  events_end(&events);
}

void restore(struct rig *rig) {
  struct events events;
  wa_client_free(ready_client(rig, NULL, NULL));
  wa_client *client = new_client(rig, NULL);
  events_begin(&events, rig, client);
  OK(wa_client_initialize(client, PATIENCE_MS, &rig->error));
  CHECK(wa_value_bool(wait_event(&events, "authenticated", NULL, NULL), "/data/restored", false));
  wait_event(&events, "ready", NULL, NULL);
  CHECK(count_events(&events, "qr") == 0);
  wa_client_free(client);
  events_end(&events);
}

void disconnect_and_reconnect(struct rig *rig) {
  struct events events;
  wa_client *client = ready_client(rig, &events, NULL);
  OK(wa_client_disconnect(client, &rig->error));
  wait_event(&events, "manual_disconnect", NULL, NULL);
  CHECK(has_status(rig, client, "DISCONNECTED"));
  size_t codes = count_events(&events, "qr");
  OK(wa_client_reconnect(client, PATIENCE_MS, &rig->error));
  wait_event(&events, "manual_reconnect", NULL, NULL);
  OK(wa_client_wait_ready(client, PATIENCE_MS, &rig->error));
  wait_event(&events, "ready", NULL, NULL);
  CHECK(count_events(&events, "qr") == codes);
  wa_client_free(client);
  events_end(&events);
}

void logout(struct rig *rig) {
  struct events events;
  char path[512];
  struct stat there;
  snprintf(path, sizeof path, "%s/session-default", rig->directory);
  wa_client *client = ready_client(rig, &events, NULL);
  CHECK(stat(path, &there) == 0);
  long since = sim_mark(rig->sim);
  OK(wa_client_logout(client, &rig->error));
  sim_wait(rig->sim, since, "device.logged_out");
  wait_event(&events, "disconnected", "/data/reason/code", "logged_out");
  CHECK(!wa_client_is_authenticated(client) && stat(path, &there) != 0);
  wa_client_free(client);
  events_end(&events);
}
