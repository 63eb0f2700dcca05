#include "core/runtime/tcp.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "core/runtime/error.h"
#include "core/runtime/poll.h"
#include "core/runtime/signals.h"

namespace mscomm {
namespace {

using namespace std::chrono_literals;

using AddressList = std::unique_ptr<addrinfo, void (*)(addrinfo*)>;

addrinfo stream_hints(int flags) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  return hints;
}

// One asynchronous look-up. An abandoned one is leaked on purpose: glibc may still write to it
// after a deadline ended the wait.
struct Lookup {
  std::string host;
  std::string service;
  addrinfo hints{};
  gaicb request{};
};

[[noreturn]] void throw_lookup_error(int error, const std::string& host, const std::string& what) {
  throw Error(Exit::unreachable,
              fmt::format("cannot connect to {}: cannot resolve '{}': {}", what, host,
                          error == EAI_SYSTEM ? std::strerror(errno) : gai_strerror(error)),
              "is the host name spelled right, and does it resolve from here?");
}

[[noreturn]] void throw_timeout(const std::string& what, const char* doing) {
  throw Error(Exit::timeout,
              fmt::format("cannot connect to {}: no answer in time while {}", what, doing),
              "a firewall may drop the packets; --connect-timeout sets how long to wait");
}

// Asynchronous, because getaddrinfo(3) can block for tens of seconds and ignores signals.
AddressList look_up(const std::string& host, const std::string& service, const std::string& what,
                    const Deadline& deadline, const StopSignal& stop) {
  auto numeric = stream_hints(AI_NUMERICHOST | AI_NUMERICSERV);
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), service.c_str(), &numeric, &found) == 0) {
    return {found, freeaddrinfo};
  }
  auto lookup = std::make_unique<Lookup>();
  lookup->host = host;
  lookup->service = service;
  lookup->hints = stream_hints(AI_ADDRCONFIG | AI_NUMERICSERV);
  lookup->request.ar_name = lookup->host.c_str();
  lookup->request.ar_service = lookup->service.c_str();
  lookup->request.ar_request = &lookup->hints;
  gaicb* list = &lookup->request;
  if (const int error = getaddrinfo_a(GAI_NOWAIT, &list, 1, nullptr); error != 0) {
    throw_lookup_error(error, host, what);
  }
  while (gai_error(list) == EAI_INPROGRESS) {
    pollfd none{-1, 0, 0};
    if (wait_for({&none, 1}, Deadline(std::chrono::steady_clock::now()), stop) == Wake::stopped) {
      static_cast<void>(
          lookup.release());  // NOLINT(bugprone-unused-return-value): leaked on purpose
      throw Interrupted();
    }
    if (deadline.passed(std::chrono::steady_clock::now())) {
      static_cast<void>(lookup.release());
      throw_timeout(what, "resolving its name");
    }
    const timespec slice{0, 20'000'000};
    gai_suspend(&list, 1, &slice);
  }
  if (const int error = gai_error(list); error != 0) {
    throw_lookup_error(error, host, what);
  }
  return {lookup->request.ar_result, freeaddrinfo};
}

// 0, or the errno of the failed connect; ETIMEDOUT when the deadline passed.
int connect_one(const addrinfo& address, UniqueFd& connected, const Deadline& deadline,
                const StopSignal& stop) {
  UniqueFd fd(socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) {
    return errno;
  }
  const int on = 1;
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS) {
      return errno;
    }
    if (!wait_or_throw(fd.get(), POLLOUT, deadline, stop)) {
      return ETIMEDOUT;
    }
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
      return error;
    }
  }
  connected = std::move(fd);
  return 0;
}

}  // namespace

UniqueFd connect_tcp(const std::string& host, std::uint16_t port, const std::string& what,
                     const Deadline& deadline, const StopSignal& stop) {
  const auto addresses = look_up(host, std::to_string(port), what, deadline, stop);
  std::vector<const addrinfo*> all;
  for (const auto* each = addresses.get(); each != nullptr; each = each->ai_next) {
    all.push_back(each);
  }
  int error = EHOSTUNREACH;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto now = std::chrono::steady_clock::now();
    auto share = deadline;
    if (const auto left = deadline.left(now); left && i + 1 < all.size()) {
      share = Deadline(now + *left / static_cast<int>(all.size() - i));
    }
    UniqueFd fd;
    const int result = connect_one(*all[i], fd, share, stop);
    if (result == 0) {
      return fd;
    }
    // "Refused" is more informative than "no route" from an address family that is not set up.
    if (error == EHOSTUNREACH || result == ECONNREFUSED) {
      error = result;
    }
  }
  if (error == ETIMEDOUT) {
    throw_timeout(what, "connecting");
  }
  std::string reason = std::strerror(error);
  reason.front() = static_cast<char>(std::tolower(reason.front()));
  throw Error(Exit::unreachable, fmt::format("cannot connect to {}: {}", what, reason));
}

}  // namespace mscomm
