#include "core/http/curl_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "core/http/curl_transfer.h"
#include "core/runtime/epoll_set.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/runtime/poll.h"
#include "core/runtime/redact.h"
#include "core/telemetry/log.h"

namespace mscomm {
namespace {

// libcurl names the sockets and the timer; this client does the waiting
// (curl_multi_socket_action(3)), so that one poll also ends on Ctrl-C and when a blocked sink can
// go on.
class CurlClient final : public HttpClient {
 public:
  CurlClient(HttpClientOptions options, Log log, const StopSignal& stop);
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;
  ~CurlClient() override;

  void start(HttpExchange& exchange) override;
  HttpExchange* wait(const Deadline& until) override;
  void cancel(HttpExchange& exchange) noexcept override;

 private:
  void add(std::shared_ptr<CurlTransfer> transfer);
  void step(const Deadline& until);
  void act_on_sockets();
  std::size_t act(curl_socket_t socket, int events);
  HttpExchange* next_done();
  HttpExchange* next_stalled();
  HttpExchange* finished(const std::shared_ptr<CurlTransfer>& transfer);
  std::shared_ptr<CurlTransfer> take(CurlTransfer::List::iterator transfer) noexcept;

  void watch_sockets_of(CURL* easy);

  static int on_open(void* self, curl_socket_t socket, curlsocktype purpose);
  static int on_close(void* self, curl_socket_t socket);
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long milliseconds, void* self);

  HttpClientOptions options_;
  Log log_;
  const StopSignal& stop_;
  const CurlLibrary& curl_ = CurlLibrary::get();
  // libcurl's clean-up still reports sockets, so these outlive its handles.
  EpollSet sockets_;            ///< what libcurl waits for
  std::vector<pollfd> polled_;  ///< the set above and blocked sinks, in the current step
  Deadline timer_;
  CurlMulti multi_;
  CurlTransfer::Client shared_;
  CurlTransfer::List& transfers_ = shared_.transfers;
};

// Checked here, once: libcurl checks at the first connection and does not name the file.
void check_tls_files(const TlsOptions& tls) {
  if (tls.cert.empty() && !tls.key.empty()) {
    throw Error(Exit::usage, "a client key needs its certificate", "give --tls-cert too");
  }
  for (const auto& path : {tls.ca, tls.cert, tls.key}) {
    if (!path.empty()) {
      open_regular_file(path);
    }
  }
}

// "127.0.0.1,[::1]"
bool are_addresses(std::string_view list) {
  for (bool more = true; more;) {
    const auto comma = list.find(',');
    std::string one(list.substr(0, comma));
    more = comma != std::string_view::npos;
    list.remove_prefix(more ? comma + 1 : list.size());
    if (one.starts_with('[') && one.ends_with(']')) {
      one = one.substr(1, one.size() - 2);
    }
    in6_addr address{};
    if (inet_pton(AF_INET, one.c_str(), &address) != 1 &&
        inet_pton(AF_INET6, one.c_str(), &address) != 1) {
      return false;
    }
  }
  return true;
}

void check_resolve(const std::vector<std::string>& entries) {
  for (const auto& entry : entries) {
    const auto host_end = entry.find(':');
    const auto port_end = entry.find(':', host_end + 1);
    const auto port = entry.substr(host_end + 1, port_end - host_end - 1);
    if (host_end == 0 || host_end == std::string::npos || port_end == std::string::npos ||
        port.empty() || port.find_first_not_of("0123456789") != std::string::npos ||
        !are_addresses(std::string_view(entry).substr(port_end + 1))) {
      throw Error(Exit::usage, fmt::format("--resolve: '{}' is not HOST:PORT:ADDRESS", entry),
                  "for example --resolve service-b:80:127.0.0.1");
    }
  }
}

// Brackets enclose an IPv6 address; the colons in it separate nothing. Any part may be empty.
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

// Accepts the schemes that libcurl knows; without a scheme a proxy is http.
void check_proxy(const std::string& proxy) {
  constexpr std::array<std::string_view, 6> kSchemes{"http",    "https",  "socks4",
                                                     "socks4a", "socks5", "socks5h"};
  const auto end = proxy.find("://");
  if (end != std::string::npos &&
      std::find(kSchemes.begin(), kSchemes.end(), proxy.substr(0, end)) == kSchemes.end()) {
    throw Error(Exit::usage,
                fmt::format("--proxy: unknown scheme '{}'", shown_url(proxy.substr(0, end))),
                fmt::format("the schemes are {}", fmt::join(kSchemes, ", ")));
  }
  const auto& curl = CurlLibrary::get();
  const CurlUrl url(curl.url());
  if (!proxy.empty() && curl.url_set(url.get(), CURLUPART_URL, proxy.c_str(),
                                     CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    throw Error(Exit::usage, "--proxy: it is not a URL",  // the text may hold a password
                "for example --proxy http://127.0.0.1:3128");
  }
}

CurlClient::CurlClient(HttpClientOptions options, Log log, const StopSignal& stop)
    : options_(std::move(options)), log_(log), stop_(stop), multi_(curl_.multi_init()) {
  if (!multi_) {
    throw std::bad_alloc();
  }
  check_tls_files(options_.tls);
  check_resolve(options_.resolve);
  check_connect_to(options_.connect_to);
  check_proxy(options_.proxy.value_or(""));
  curl_.multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, &CurlClient::on_socket);
  curl_.multi_setopt(multi_.get(), CURLMOPT_SOCKETDATA, this);
  curl_.multi_setopt(multi_.get(), CURLMOPT_TIMERFUNCTION, &CurlClient::on_timer);
  curl_.multi_setopt(multi_.get(), CURLMOPT_TIMERDATA, this);
  if (!options_.multiplexes) {
    curl_.multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
  }
  if (options_.pooled_connections > 0) {
    curl_.multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, options_.pooled_connections);
  }
}

// The easy handles leave the multi handle before it goes.
CurlClient::~CurlClient() {
  while (!transfers_.empty()) {
    take(transfers_.begin());
  }
}

void CurlClient::start(HttpExchange& exchange) {
  exchange.failure.reset();
  auto headers = std::move(exchange.response.headers);  // its memory is used again
  headers.clear();
  exchange.response = {};
  exchange.response.headers = std::move(headers);
  auto transfer = std::static_pointer_cast<CurlTransfer>(std::exchange(exchange.prepared, nullptr));
  if (transfer) {
    transfer->begin_again();
  } else {
    transfer = std::make_shared<CurlTransfer>(exchange, options_, log_, shared_);
    watch_sockets_of(transfer->handle());
  }
  add(std::move(transfer));
}

void CurlClient::add(std::shared_ptr<CurlTransfer> transfer) {
  const auto& added = *transfers_.emplace_back(std::move(transfer));
  const auto code = curl_.multi_add_handle(multi_.get(), added.handle());
  if (code != CURLM_OK) {
    const auto title = added.exchange().request.title();
    transfers_.pop_back();
    throw Error(Exit::internal, fmt::format("{}: {}", title, curl_.multi_strerror(code)));
  }
}

HttpExchange* CurlClient::wait(const Deadline& until) {
  auto* done = next_done();
  while (done == nullptr && !transfers_.empty()) {
    step(until);
    done = next_done();
    if (done == nullptr) {
      done = next_stalled();
    }
    if (until.passed(std::chrono::steady_clock::now())) {
      break;
    }
  }
  return done;
}

void CurlClient::cancel(HttpExchange& exchange) noexcept {
  const auto found = std::find_if(transfers_.begin(), transfers_.end(), [&exchange](const auto& t) {
    return &t->exchange() == &exchange;
  });
  if (found != transfers_.end()) {
    take(found);
  }
}

std::shared_ptr<CurlTransfer> CurlClient::take(CurlTransfer::List::iterator transfer) noexcept {
  auto taken = std::move(*transfer);
  *transfer = std::move(transfers_.back());
  transfers_.pop_back();
  curl_.multi_remove_handle(multi_.get(), taken->handle());
  return taken;
}

HttpExchange* CurlClient::next_done() {
  int left = 0;
  while (const auto* const message = curl_.multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) {
      continue;
    }
    const auto code = message->data.result;
    const auto owner =
        take(std::find_if(transfers_.begin(), transfers_.end(), [message](const auto& transfer) {
          return transfer->handle() == message->easy_handle;
        }));
    if (owner->begin_resend(code)) {
      add(owner);
      continue;
    }
    owner->finish(code);
    return finished(owner);
  }
  return nullptr;
}

HttpExchange* CurlClient::next_stalled() {
  if (!sockets_.were_all()) {
    return nullptr;  // other sockets may be ready and not yet served
  }
  const auto now = std::chrono::steady_clock::now();
  const auto stalled = std::ranges::find_if(
      transfers_, [now](const auto& transfer) { return transfer->stalls_at(now).passed(now); });
  if (stalled == transfers_.end()) {
    return nullptr;
  }
  const auto owner = take(stalled);
  owner->finish_stalled();
  return finished(owner);
}

HttpExchange* CurlClient::finished(const std::shared_ptr<CurlTransfer>& transfer) {
  auto& exchange = transfer->exchange();
  // A handle of libcurl 7.88 resends five requests in its life and fails the next.
  if (exchange.repeats && exchange.response.sends <= 1) {
    exchange.prepared = transfer;
  }
  return &exchange;
}

// Lets libcurl act on one socket; returns how many transfers are still under way.
std::size_t CurlClient::act(curl_socket_t socket, int events) {
  int running = 0;
  ++shared_.round;
  const auto code = curl_.multi_socket_action(multi_.get(), socket, events, &running);
  if (code != CURLM_OK) {
    throw Error(Exit::internal, fmt::format("libcurl: {}", curl_.multi_strerror(code)));
  }
  return static_cast<std::size_t>(running);
}

// One round: first libcurl's timer, then every ready socket. Waits for sockets, blocked sinks and
// the timer, unless a transfer is already done.
void CurlClient::step(const Deadline& until) {
  const auto now = std::chrono::steady_clock::now();
  bool is_one_done = false;
  if (timer_.passed(now)) {
    timer_ = Deadline();  // fires once; libcurl sets the next
    is_one_done = act(CURL_SOCKET_TIMEOUT, 0) < transfers_.size();
  }
  auto wake = is_one_done ? Deadline(now) : timer_.min(until);
  if (!is_one_done) {
    sockets_.settle();
  }
  polled_.assign(1, {sockets_.fd(), POLLIN, 0});
  std::vector<CurlTransfer*> blocked;
  std::vector<CurlTransfer*> resting;
  for (const auto& transfer : transfers_) {
    wake = wake.min(transfer->stalls_at(now));
    if (const int fd = transfer->blocked_on(); fd >= 0) {
      blocked.push_back(transfer.get());
      polled_.push_back({fd, POLLOUT, 0});
    } else if (transfer->is_resting()) {
      resting.push_back(transfer.get());
      wake = Deadline(now);
    }
  }
  if (wait_for(polled_, wake, stop_) == Wake::stopped) {
    throw Interrupted();
  }
  for (std::size_t i = 0; i < blocked.size(); ++i) {
    if (polled_[i + 1].revents != 0) {
      blocked[i]->resume();
    }
  }
  std::ranges::for_each(resting, &CurlTransfer::resume);
  if (polled_[0].revents != 0) {
    act_on_sockets();
  }
}

void CurlClient::act_on_sockets() {
  for (const auto& event : sockets_.ready()) {
    const auto events = event.events;
    act(event.data.fd, ((events & (EPOLLIN | EPOLLHUP)) != 0 ? CURL_CSELECT_IN : 0) |
                           ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                           ((events & EPOLLERR) != 0 ? CURL_CSELECT_ERR : 0));
  }
}

// A connection outlives its easy handle, but not the client.
void CurlClient::watch_sockets_of(CURL* easy) {
  curl_.easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &CurlClient::on_open);
  curl_.easy_setopt(easy, CURLOPT_SOCKOPTDATA, this);
  curl_.easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &CurlClient::on_close);
  curl_.easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
}

int CurlClient::on_open(void* self, curl_socket_t socket, curlsocktype) {
  try {
    static_cast<CurlClient*>(self)->sockets_.opened(socket);
  } catch (...) {
    return CURL_SOCKOPT_ERROR;
  }
  return CURL_SOCKOPT_OK;
}

int CurlClient::on_close(void* self, curl_socket_t socket) {
  static_cast<CurlClient*>(self)->sockets_.closed(socket);
  return close(socket);
}

int CurlClient::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& sockets = static_cast<CurlClient*>(self)->sockets_;
  const auto bits = static_cast<unsigned>(what);
  try {
    if (what == CURL_POLL_REMOVE) {
      sockets.unwatch(socket);
      return 0;
    }
    sockets.watch(socket, ((bits & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) |
                              ((bits & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U));
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

std::unique_ptr<HttpClient> make_curl_client(HttpClientOptions options, Log log,
                                             const StopSignal& stop) {
  return std::make_unique<CurlClient>(std::move(options), log, stop);
}

}  // namespace mscomm
