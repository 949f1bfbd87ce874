/* Runs one scenario: scenarios NAME SIMULATOR DIRECTORY [OTHER]. */
#include "harness.h"

/* Not of the list: the program ends with everything under way. The browser must end with it. */
static void exit_without_free(struct rig *rig) {
  struct events events;
  declare_friend(rig);
  wa_client *client = ready_client(rig, &events, NULL);
  tell_sim(rig->sim, "PUT", "/sim/acks", "{\"server_ms\": null}");
  struct told told;
  told_begin(&told);
  OK(wa_client_send_message_async(client, FRIEND, "in doubt", NULL, told_callback, &told, NULL, &rig->error));
  printf("done exit_without_free\n");
  exit(0);
}

#define ENTRY(name) {#name, name}
static const struct {
  const char *name;
  scenario *run;
} SCENARIOS[] = {
    ENTRY(link_by_qr),        ENTRY(link_by_pairing_code), ENTRY(cancel_pairing_code),
    ENTRY(restore),           ENTRY(send_and_acks),        ENTRY(send_with_options),
    ENTRY(send_invalid_phone), ENTRY(send_not_registered), ENTRY(send_not_ready),
    ENTRY(send_deadline_maybe_sent), ENTRY(check_number),  ENTRY(message_status),
    ENTRY(receive),           ENTRY(edits_and_revokes),    ENTRY(event_overflow),
    ENTRY(replay_events),     ENTRY(disconnect_and_reconnect), ENTRY(logout),
    ENTRY(cancel_pending_call), ENTRY(two_clients),        ENTRY(close_while_pending),
    ENTRY(page_report),       ENTRY(status_from_redis),    ENTRY(exit_without_free),
};

int main(int argc, char **argv) {
  CHECK(argc >= 4);
  CHECK(strcmp(wa_version(), WA_VERSION) == 0);
  struct rig rig = {argv[2], argv[3], argc > 4 ? argv[4] : NULL, NULL};
  size_t threads = count_threads(), children = count_children();
  for (size_t n = 0; n < sizeof SCENARIOS / sizeof *SCENARIOS; n++) {
    if (strcmp(SCENARIOS[n].name, argv[1]) != 0) continue;
    SCENARIOS[n].run(&rig);
    wa_error_free(rig.error);
    wait_nothing_left(threads, children);
    printf("done %s\n", argv[1]);
    return 0;
  }
  fprintf(stderr, "no scenario %s\n", argv[1]);
  return 2;
}
