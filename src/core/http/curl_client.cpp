#include "core/http/curl_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <new>

#include "core/http/curl_transfer.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/runtime/log.h"
#include "core/runtime/poll.h"

namespace mscomm {
namespace {

// libcurl says which sockets and when; the waiting is ours (curl_multi_socket_action(3)), so that
// Ctrl-C and blocked sinks end the same poll.
class CurlClient final : public HttpClient {
 public:
  CurlClient(HttpClientOptions options, Log& log, const StopSignal& stop);

  void start(HttpExchange& exchange) override;
  HttpExchange* wait() override;
  void cancel(HttpExchange& exchange) noexcept override;

 private:
  // The multi handle goes after its easy handles have left it.
  struct Detach {
    CURLM* multi;
    void operator()(CurlTransfer* transfer) const noexcept {
      CurlLibrary::get().multi_remove_handle(multi, transfer->handle());
      delete transfer;  // NOLINT(cppcoreguidelines-owning-memory): this is the deleter
    }
  };
  using Attached = std::unique_ptr<CurlTransfer, Detach>;

  void step();
  void act(curl_socket_t socket, int events);
  HttpExchange* next_done();
  Attached take(const CurlTransfer* transfer);

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);

  HttpClientOptions options_;
  Log& log_;
  const StopSignal& stop_;
  const CurlLibrary& curl_ = CurlLibrary::get();
  // libcurl's clean-up still reports sockets, so these outlive its handles.
  std::vector<pollfd> sockets_;  ///< what libcurl waits for
  std::vector<pollfd> polled_;   ///< those and blocked sinks, of the current step
  Deadline timer_;
  CurlMulti multi_;
  std::vector<Attached> transfers_;
};

// Said here once instead of by libcurl at the first connection, where it names no file.
void check_tls_files(const TlsOptions& tls) {
  if (tls.cert.empty() && !tls.key.empty()) {
    throw Error(Exit::usage, "a client key needs its certificate", "give --tls-cert too");
  }
  for (const auto& path : {tls.ca, tls.cert, tls.key}) {
    if (!path.empty()) {
      open_for_reading(path);
    }
  }
}

void check_resolve(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    const auto host_end = entry.find(':');
    const auto port_end = entry.find(':', host_end + 1);
    const auto port = entry.substr(host_end + 1, port_end - host_end - 1);
    if (host_end == 0 || host_end == std::string::npos || port_end == std::string::npos ||
        port.empty() || port.find_first_not_of("0123456789") != std::string::npos ||
        port_end + 1 == entry.size()) {
      throw Error(Exit::usage, fmt::format("--resolve: '{}' is not HOST:PORT:ADDRESS", entry),
                  "for example --resolve service-b:80:127.0.0.1");
    }
  }
}

// Brackets stand around an IPv6 address, whose colons divide nothing. Any part may be empty.
void check_connect_to(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    int colons = 0;
    bool in_brackets = false;
    for (const char c : entry) {
      in_brackets = c == '[' || (in_brackets && c != ']');
      colons += c == ':' && !in_brackets ? 1 : 0;
    }
    if (colons != 3) {
      throw Error(Exit::usage,
                  fmt::format("--connect-to: '{}' is not HOST:PORT:HOST2:PORT2", entry),
                  "for example --connect-to service-b:80:127.0.0.1:8080, or ::127.0.0.1:8080");
    }
  }
}

// Those that libcurl knows; without a scheme it is http.
void check_proxy(const std::string& proxy) {
  constexpr std::array<std::string_view, 6> kSchemes{"http",    "https",  "socks4",
                                                     "socks4a", "socks5", "socks5h"};
  const auto end = proxy.find("://");
  if (end != std::string::npos &&
      std::find(kSchemes.begin(), kSchemes.end(), proxy.substr(0, end)) == kSchemes.end()) {
    throw Error(Exit::usage, fmt::format("--proxy: unknown scheme '{}'", proxy.substr(0, end)),
                fmt::format("the schemes are {}", fmt::join(kSchemes, ", ")));
  }
}

CurlClient::CurlClient(HttpClientOptions options, Log& log, const StopSignal& stop)
    : options_(std::move(options)), log_(log), stop_(stop), multi_(curl_.multi_init()) {
  if (!multi_) {
    throw std::bad_alloc();
  }
  check_tls_files(options_.tls);
  check_resolve(options_.resolve);
  check_connect_to(options_.connect_to);
  check_proxy(options_.proxy);
  curl_.multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlClient::on_socket);
  curl_.multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_.multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlClient::on_timer);
  curl_.multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
}

void CurlClient::start(HttpExchange& exchange) {
  exchange.response = {};
  exchange.failure.reset();
  auto transfer = std::make_unique<CurlTransfer>(exchange, options_, log_);
  const auto code = curl_.multi_add_handle(multi_.get(), transfer->handle());
  if (code != CURLM_OK) {
    throw Error(Exit::internal,
                fmt::format("{}: {}", exchange.request.title(), curl_.multi_strerror(code)));
  }
  transfers_.push_back(Attached(transfer.release(), Detach{multi_.get()}));
}

HttpExchange* CurlClient::wait() {
  while (!transfers_.empty()) {
    if (auto* const done = next_done()) {
      return done;
    }
    step();
  }
  return nullptr;
}

void CurlClient::cancel(HttpExchange& exchange) noexcept {
  const auto found = std::find_if(transfers_.begin(), transfers_.end(), [&exchange](const auto& t) {
    return &t->exchange() == &exchange;
  });
  if (found != transfers_.end()) {
    transfers_.erase(found);
  }
}

CurlClient::Attached CurlClient::take(const CurlTransfer* transfer) {
  const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                  [transfer](const auto& t) { return t.get() == transfer; });
  auto taken = std::move(*found);
  transfers_.erase(found);
  return taken;
}

HttpExchange* CurlClient::next_done() {
  int left = 0;
  while (const auto* const message = curl_.multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    CurlTransfer* transfer = nullptr;
    curl_.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
    const auto code = message->data.result;
    const auto owner = take(transfer);
    auto& exchange = owner->exchange();
    owner->finish(code);
    return &exchange;
  }
  return nullptr;
}

void CurlClient::act(curl_socket_t socket, int events) {
  int running = 0;
  const auto code = curl_.multi_socket_action(multi_.get(), socket, events, &running);
  if (code != CURLM_OK) {
    throw Error(Exit::internal, fmt::format("libcurl: {}", curl_.multi_strerror(code)));
  }
}

// One round: wait for sockets, blocked sinks and the timer, then let libcurl work.
void CurlClient::step() {
  polled_ = sockets_;
  std::vector<CurlTransfer*> blocked;
  for (const auto& transfer : transfers_) {
    if (const int fd = transfer->blocked_on(); fd >= 0) {
      blocked.push_back(transfer.get());
      polled_.push_back({fd, POLLOUT, 0});
    }
  }
  if (wait_for(polled_, timer_, stop_) == Wake::stopped) {
    throw Interrupted();
  }
  const auto first_sink = polled_.size() - blocked.size();
  for (std::size_t i = 0; i < blocked.size(); ++i) {
    if (polled_[first_sink + i].revents != 0) {
      blocked[i]->resume();
    }
  }
  for (std::size_t i = 0; i < first_sink; ++i) {
    const auto events = static_cast<unsigned>(polled_[i].revents);
    if (events != 0) {
      act(polled_[i].fd, ((events & (POLLIN | POLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
                             ((events & POLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                             ((events & (POLLERR | POLLNVAL)) != 0 ? CURL_CSELECT_ERR : 0));
    }
  }
  if (timer_.passed(std::chrono::steady_clock::now())) {
    timer_ = Deadline();  // fires once; libcurl sets the next
    act(CURL_SOCKET_TIMEOUT, 0);
  }
}

int CurlClient::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& sockets = static_cast<CurlClient*>(self)->sockets_;
  const auto found = std::find_if(sockets.begin(), sockets.end(),
                                  [socket](const pollfd& entry) { return entry.fd == socket; });
  if (what == CURL_POLL_REMOVE) {
    if (found != sockets.end()) {
      sockets.erase(found);
    }
    return 0;
  }
  const auto bits = static_cast<unsigned>(what);
  const auto events = static_cast<short>(((bits & CURL_POLL_IN) != 0 ? POLLIN : 0) |
                                         ((bits & CURL_POLL_OUT) != 0 ? POLLOUT : 0));
  if (found != sockets.end()) {
    found->events = events;
    return 0;
  }
  try {
    sockets.push_back({socket, events, 0});
  } catch (...) {  // no exception may cross libcurl
    return -1;
  }
  return 0;
}

int CurlClient::on_timer(CURLM*, long milliseconds, void* self) {
  auto& timer = static_cast<CurlClient*>(self)->timer_;
  timer = milliseconds < 0
              ? Deadline()
              : Deadline(std::chrono::steady_clock::now() + Milliseconds(milliseconds));
  return 0;
}

}  // namespace

std::unique_ptr<HttpClient> make_curl_client(HttpClientOptions options, Log& log,
                                             const StopSignal& stop) {
  return std::make_unique<CurlClient>(std::move(options), log, stop);
}

}  // namespace mscomm
