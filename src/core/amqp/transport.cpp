#include "core/amqp/transport.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "core/runtime/error.h"
#include "core/runtime/poll.h"
#include "core/runtime/tcp.h"

namespace mscomm {

Transport::Transport(const BrokerUrl& url, const Deadline& deadline, const StopSignal& stop)
    : what_(url.shown()) {
  if (url.tls) {
    context_ = make_tls_context(url.tls_options);
  }
  socket_ = connect_tcp(url.host, url.port, what_, deadline, stop);
  if (url.tls) {
    tls_ = make_tls_connection(context_.get(), socket_.get(), url.host, url.tls_options);
    handshake(deadline, stop);
  }
}

void Transport::handshake(const Deadline& deadline, const StopSignal& stop) {
  for (;;) {
    openssl().ERR_clear_error();
    errno = 0;
    const int result = openssl().SSL_do_handshake(tls_.get());
    if (result == 1) {
      return;
    }
    const int error = openssl().SSL_get_error(tls_.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      throw tls_error(tls_.get(), what_);
    }
    const short events = error == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN;
    if (!wait_or_throw(socket_.get(), events, deadline, stop)) {
      throw Error(
          Exit::timeout,
          fmt::format("cannot connect to {}: no answer in time during the TLS handshake", what_),
          "does this port speak TLS? Without TLS the URL begins with amqp://");
    }
  }
}

void Transport::lost(const std::string& reason) const {
  throw Error(Exit::unreachable, fmt::format("the connection to {} was lost: {}", what_, reason));
}

std::size_t Transport::tls_result(int result) {
  if (result > 0) {
    return static_cast<std::size_t>(result);
  }
  switch (openssl().SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      tls_wants_write_ = false;
      return 0;
    case SSL_ERROR_WANT_WRITE:
      tls_wants_write_ = true;
      return 0;
    case SSL_ERROR_ZERO_RETURN:
      lost("closed by the broker");
    case SSL_ERROR_SYSCALL:
      lost(errno == 0 ? "closed by the broker" : std::strerror(errno));
    default: {
      const char* reason = openssl().ERR_reason_error_string(openssl().ERR_peek_last_error());
      lost(fmt::format("TLS: {}", reason != nullptr ? reason : "unknown reason"));
    }
  }
}

std::size_t Transport::read(std::span<char> into) {
  if (tls_) {
    openssl().ERR_clear_error();
    errno = 0;
    const auto length = std::min<std::size_t>(into.size(), INT_MAX);
    return tls_result(openssl().SSL_read(tls_.get(), into.data(), static_cast<int>(length)));
  }
  for (;;) {
    const auto got = recv(socket_.get(), into.data(), into.size(), 0);
    if (got > 0) {
      return static_cast<std::size_t>(got);
    }
    if (got == 0) {
      lost("closed by the broker");
    }
    if (errno == EAGAIN) {
      return 0;
    }
    if (errno != EINTR) {
      lost(std::strerror(errno));
    }
  }
}

std::size_t Transport::write(std::string_view bytes) {
  if (tls_) {
    openssl().ERR_clear_error();
    errno = 0;
    const auto length = std::min<std::size_t>(bytes.size(), INT_MAX);
    return tls_result(openssl().SSL_write(tls_.get(), bytes.data(), static_cast<int>(length)));
  }
  for (;;) {
    const auto sent = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN) {
      return 0;
    }
    if (errno != EINTR) {
      lost(std::strerror(errno));
    }
  }
}

short Transport::events(bool wants_to_write) const noexcept {
  return wants_to_write || tls_wants_write_ ? POLLIN | POLLOUT : POLLIN;
}

}  // namespace mscomm
