// Answers every text message with the same text. WHATSAPP_WEB_URL takes it to a simulator.
//
//   c++ -std=c++17 echo_bot.cpp $(pkg-config --cflags --libs wa_client) -o echo-bot
#include <csignal>
#include <cstdlib>
#include <iostream>

#include <unistd.h>

#include "wa_client.hpp"

static void echo(const wa::Client &client, const wa::Value &message) {
  wa::SendOptions options;
  options.quoted = message.text("/data/key");
  try {
    client.send_message(message.text("/data/chat"), message.text("/data/body"), options);
  } catch (const wa::Error &error) {
    // One failure must not end the bot. The error says what failed, and nothing about people.
    std::cerr << "not answered: " << error.what() << std::endl;
  }
}

// Runs on a thread of the subscription, where calls may block.
static void handle(const wa::Client &client, const wa::Value &event) {
  const auto name = event.name();
  if (name == "qr") {
    std::cout << wa::qr::terminal(event.text("/data/payload")) << "\nScan it with the phone." << std::endl;
  } else if (name == "ready") {
    std::cout << "Ready." << std::endl;
  } else if (name == "message" && event.text("/data/type") == "chat") {
    echo(client, event);
  } else if (name == "lagged") {
    std::cerr << event.number("/data/missed") << " events were lost" << std::endl;
  } else if (name == "disconnected" && !event.flag("/data/willRetry")) {
    kill(getpid(), SIGTERM);
  }
}

int main() {
  // Blocked before there are other threads, which inherit that: the signals are for sigwait below.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  try {
    wa::Options options;
    if (const char *url = std::getenv("WHATSAPP_WEB_URL")) options.page_url(url);
    wa::Client client(options);
    auto events = client.subscribe("*", [&](const wa::Value &event) { handle(client, event); });
    client.initialize();
    int signal = 0;
    sigwait(&stop, &signal);
    return 0;
  } catch (const wa::Error &error) {
    std::cerr << error.what() << std::endl;
    return 1;
  }
}
