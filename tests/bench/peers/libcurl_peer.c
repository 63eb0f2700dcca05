/* The bare libcurl loop: what its own multi interface gives to one who uses it well.
 *
 *     libcurl_peer URL COUNT CONNECTIONS
 *
 * GETs URL COUNT times over CONNECTIONS connections that are kept, one request at a time on each.
 * Prints
 *
 *     N requests, N bytes
 *
 * and ends with 1 unless every response was a 200. One thread, epoll and
 * curl_multi_socket_action(), as the manual of libcurl advises.
 * What is not obvious:
 *   - the handles are used again as they are: no option is set twice;
 *   - CURLOPT_NOSIGNAL, as libcurl 7.88 otherwise calls sigaction(2) twice for each handle that it
 *     touches;
 *   - what epoll has seen is handed over; without it libcurl asks the socket again;
 *   - a socket stays in epoll between two requests, for libcurl forgets it and comes back with it,
 *     which would be two calls of epoll_ctl(2) for each request;
 *   - libcurl's timer is a number to wait by, as it sets it several times for each request;
 *   - no callback for headers, and one that counts for bodies.
 */
#include <curl/curl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1000, MOST_SOCKETS = 4096, EVENTS = 64 };

struct watch {
  uint32_t wanted;  /* by libcurl */
  uint32_t watched; /* by epoll */
};

static int poller;
static struct watch watches[MOST_SOCKETS];
static int64_t timer_ms = -1; /* when libcurl wants to be called; -1: it does not */
static CURL* idle[MOST_CONNECTIONS];
static int idle_count;
static long long bytes;

static void die(const char* what) {
  fprintf(stderr, "libcurl_peer: %s\n", what);
  exit(1);
}

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void watch_socket(curl_socket_t socket, uint32_t events) {
  struct watch* watch = &watches[socket];
  if (watch->watched == events) {
    return;
  }
  const int how = events == 0 ? EPOLL_CTL_DEL : watch->watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  struct epoll_event event = {.events = events, .data = {.fd = socket}};
  if (epoll_ctl(poller, how, socket, &event) != 0) {
    die("epoll_ctl fails");
  }
  watch->watched = events;
}

static int on_socket(CURL* handle, curl_socket_t socket, int what, void* user, void* assigned) {
  (void)handle, (void)user, (void)assigned;
  if (socket >= MOST_SOCKETS) {
    die("too many sockets");
  }
  const uint32_t wanted =
      (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
  watches[socket].wanted = what == CURL_POLL_REMOVE ? 0 : wanted;
  if (watches[socket].wanted != 0) {
    watch_socket(socket, wanted);
  }
  return 0;
}

static int on_close(void* user, curl_socket_t socket) {
  (void)user;
  watches[socket] = (struct watch){0};
  return close(socket);
}

static int on_timer(CURLM* multi, long milliseconds, void* user) {
  (void)multi, (void)user;
  timer_ms = milliseconds < 0 ? -1 : now_ms() + milliseconds;
  return 0;
}

static size_t on_body(char* data, size_t size, size_t count, void* user) {
  (void)data, (void)user;
  bytes += size * count;
  return size * count;
}

static void open_handle(const char* url) {
  CURL* handle = curl_easy_init();
  curl_easy_setopt(handle, CURLOPT_URL, url);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  idle[idle_count++] = handle;
}

static void start_one(CURLM* multi) {
  if (curl_multi_add_handle(multi, idle[--idle_count]) != CURLM_OK) {
    die("curl_multi_add_handle fails");
  }
}

static long take_finished(CURLM* multi) {
  long taken = 0;
  int left;
  const CURLMsg* message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    long status = 0;
    const CURLcode result = message->data.result;
    CURL* handle = message->easy_handle;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    if (result != CURLE_OK || status != 200) {
      die(result != CURLE_OK ? curl_easy_strerror(result) : "a response that is not 200");
    }
    curl_multi_remove_handle(multi, handle); /* after which message is gone */
    idle[idle_count++] = handle;
    ++taken;
  }
  return taken;
}

static int as_curl_sees_it(uint32_t events) {
  return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
         (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

/* Until something has happened on a socket, or libcurl's timer is due. */
static void wait_and_act(CURLM* multi) {
  struct epoll_event events[EVENTS];
  int running;
  const int64_t left = timer_ms < 0 ? 1000 : timer_ms - now_ms();
  const int count = epoll_wait(poller, events, EVENTS, left > 0 ? (int)left : 0);
  for (int i = 0; i < count; ++i) {
    const int socket = events[i].data.fd;
    if (watches[socket].wanted == 0) {
      watch_socket(socket, 0); /* an idle connection that the server closes */
    } else {
      curl_multi_socket_action(multi, socket, as_curl_sees_it(events[i].events), &running);
    }
  }
  if (timer_ms >= 0 && now_ms() >= timer_ms) {
    timer_ms = -1;
    curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

static void drive(CURLM* multi, long count) {
  long started = 0, ended = 0;
  while (ended < count) {
    while (started < count && idle_count > 0) {
      start_one(multi);
      ++started;
    }
    wait_and_act(multi);
    ended += take_finished(multi);
  }
}

int main(int argc, char** argv) {
  const long count = argc > 3 ? atol(argv[2]) : 0;
  const int connections = argc > 3 ? atoi(argv[3]) : 0;
  if (count < 1 || connections < 1 || connections > MOST_CONNECTIONS) {
    fputs("usage: libcurl_peer URL COUNT CONNECTIONS\n", stderr);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  poller = epoll_create1(EPOLL_CLOEXEC);
  CURLM* multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)connections);
  for (int i = 0; i < connections; ++i) {
    open_handle(argv[1]);
  }
  drive(multi, count);
  printf("%ld requests, %lld bytes\n", count, bytes);
  return 0;
}
