#pragma once

#include <amqp.h>
#include <arpa/inet.h>
#include <sys/socket.h>

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/amqp/broker_url.h"
#include "core/runtime/clock.h"
#include "core/runtime/files.h"

namespace mscomm::test {

/// A frame (AMQP 0-9-1 §4.2.3).
inline std::string frame(int type, int channel, std::string_view payload) {
  std::string out{static_cast<char>(type), '\0', static_cast<char>(channel)};
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    out += static_cast<char>(payload.size() >> (shift - 8));
  }
  return out.append(payload) += '\xCE';
}

/// A method frame; `id` is the class's and the method's number.
inline std::string method(int channel, std::initializer_list<int> id,
                          std::string_view arguments = {}) {
  std::string payload;
  for (const int part : id) {
    payload += '\0';
    payload += static_cast<char>(part);
  }
  return frame(AMQP_FRAME_METHOD, channel, payload.append(arguments));
}

/// A broker on loopback that says what it was told to and closes. It needs no thread, since it
/// speaks when the session looks at the clock, which it does as soon as it is connected.
class CannedBroker final : public Clock {
 public:
  CannedBroker() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address_);
    auto* address = reinterpret_cast<sockaddr*>(&address_);
    if (bind(listener_.get(), address, length) != 0 || listen(listener_.get(), 8) != 0 ||
        getsockname(listener_.get(), address, &length) != 0) {
      throw std::runtime_error("cannot listen");
    }
  }

  /// What a broker says to a login that is welcome, with confirms (AMQP 0-9-1 §2.2.4).
  static std::string greeting() {
    using std::string_literals::operator""s;
    return method(0, {10, 10}, "\0\x09\0\0\0\0\0\0\0\5PLAIN\0\0\0\5en_US"s) +  // start
           method(0, {10, 30}, "\x07\xff\0\2\0\0\0\0"s) +                      // tune
           method(0, {10, 41}, "\0"s) +                                        // open-ok
           method(1, {20, 11}, "\0\0\0\0"s) +                                  // channel.open-ok
           method(1, {85, 11});                                                // confirm.select-ok
  }

  [[nodiscard]] BrokerUrl url() const {
    BrokerUrl url;
    url.host = "127.0.0.1";
    url.port = ntohs(address_.sin_port);
    url.heartbeat_seconds = 0;
    return url;
  }

  /// What the next client hears; the last one is left.
  void say(std::string bytes) { unsent_ = std::move(bytes), client_ = {}; }
  /// More for the client that there is.
  void go_on(std::string_view bytes) { unsent_ += bytes; }
  bool closes = true;  ///< when it has said everything
  Duration ahead{};    ///< how far its clock is ahead of the system's
  Duration step{};     ///< how much further each look at it puts it

  [[nodiscard]] TimePoint now() const override {
    if (!client_) {
      client_ = UniqueFd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    }
    if (client_ && !unsent_.empty()) {
      const auto sent = send(client_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
      unsent_.erase(0, sent > 0 ? static_cast<std::size_t>(sent) : 0);
    }
    if (client_ && unsent_.empty() && closes) {
      shutdown(client_.get(), SHUT_WR);
    }
    looked_ += step;
    return std::chrono::steady_clock::now() + ahead + looked_;
  }
  [[nodiscard]] WallTime wall() const override { return {}; }

 private:
  UniqueFd listener_;
  sockaddr_in address_{};
  mutable UniqueFd client_;
  mutable std::string unsent_;
  mutable Duration looked_{};
};

}  // namespace mscomm::test
