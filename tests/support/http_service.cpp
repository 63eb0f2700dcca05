// A programmable HTTP service on a free port of 127.0.0.1, for tests.
//
//   http_service [--name NAME] [--cert FILE --key FILE [--client-ca FILE]]
//
// Prints its port once it listens; ends on SIGTERM or SIGINT. Every answer carries NAME as
// x-served-by. A query parameter count=NAME on any path adds one to a counter; status, json and
// header turn the other query parameters into response headers.
//
//   /api/data /json      a JSON document          /health          {"status":"pass"}
//   /echo                the request as JSON      /status/N        that status
//   /header?k=v          response headers         /delay/MS        answers after a while
//   /redirect/N          N hops, then 200         /redirect-to?url=U&status=S
//   /basic/USER/PASS     401 unless it matches    /bearer/TOKEN    the same
//   /bytes/N             byte i is i % 251        /drip/N/MS       N bytes, one each MS
//   /chunked/N           N lines, chunked         /truncated       10 of 1000 bytes, then closes
//   /flaky/NAME/K        503 K times, then 200    /count/NAME      how often NAME was counted
//   /stall/NAME/K/MS     the K-th call takes MS, the others no time
#include <httplib.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>

namespace {

using httplib::Request;
using httplib::Response;
using nlohmann::json;

class Counters {
 public:
  int add(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return ++counts_[name];
  }
  int get(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return counts_[name];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

/// Capture group `index` of the path; the patterns below only match digits where a number stands.
std::string part(const Request& request, size_t index) { return request.matches[index].str(); }

int number(const Request& request, size_t index) { return std::stoi(part(request, index)); }

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

void send_json(Response& response, const json& value) {
  response.set_content(value.dump() + "\n", "application/json");
}

std::string to_base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    unsigned bits = 0;
    for (size_t k = 0; k < 3; ++k) {
      bits = bits << 8U | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += k <= group.size() ? kDigits[bits >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return out;
}

/// Sets `object[key]`, or makes an array of it when the key repeats.
void add_value(json& object, const std::string& key, const std::string& value) {
  if (!object.contains(key)) {
    object[key] = value;
    return;
  }
  if (!object[key].is_array())
    object[key] = json::array({object[key]});
  object[key].push_back(value);
}

void add_body(json& object, const std::string& bytes) {
  try {
    (void)json(bytes).dump();  // throws when it is not UTF-8
    object["body"] = bytes;
  } catch (const json::type_error&) {
    object["body_base64"] = to_base64(bytes);
  }
}

json query_of(const Request& request) {
  // Not request.params: it also has the fields of a form in the body.
  httplib::Params params;
  const auto mark = request.target.find('?');
  if (mark != std::string::npos) {
    httplib::detail::parse_query_text(request.target.substr(mark + 1), params);
  }
  json query = json::object();
  for (const auto& [key, value] : params)
    add_value(query, key, value);
  return query;
}

void echo(const Request& request, Response& response) {
  json headers = json::object();
  for (const auto& [key, value] : request.headers) {
    // The library passes the addresses of the connection as headers.
    if (key.starts_with("REMOTE_") || key.starts_with("LOCAL_"))
      continue;
    std::string lower = key;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    add_value(headers, lower, value);
  }
  json document = {{"method", request.method},        {"path", request.path},
                   {"target", request.target},        {"query", query_of(request)},
                   {"http_version", request.version}, {"headers", headers}};
  if (request.files.empty()) {
    add_body(document, request.body);
  } else {  // multipart/form-data
    for (const auto& [name, file] : request.files) {
      json entry = {
          {"name", name}, {"filename", file.filename}, {"content_type", file.content_type}};
      add_body(entry, file.content);
      document["parts"].push_back(entry);
    }
  }
  send_json(response, document);
}

void query_to_headers(const Request& request, Response& response) {
  for (const auto& [key, value] : request.params) {
    if (key != "count")
      response.set_header(key, value);
  }
}

void redirect(const Request& request, Response& response, const std::string& where) {
  const std::string status = request.get_param_value("status");
  response.set_redirect(where, status.empty() ? 302 : std::stoi(status));
}

void demand(Response& response, bool granted, const char* challenge) {
  response.status = granted ? 200 : 401;
  if (!granted)
    response.set_header("WWW-Authenticate", challenge);
  send_json(response, {{"authenticated", granted}});
}

void send_bytes(Response& response, size_t count) {
  response.set_content_provider(count, "application/octet-stream",
                                [](size_t offset, size_t length, httplib::DataSink& sink) {
                                  std::string block(std::min<size_t>(length, 65536), '\0');
                                  for (size_t i = 0; i < block.size(); ++i) {
                                    block[i] = static_cast<char>((offset + i) % 251);
                                  }
                                  return sink.write(block.data(), block.size());
                                });
}

void send_slowly(Response& response, size_t count, int ms_per_byte) {
  response.set_content_provider(count, "text/plain",
                                [ms_per_byte](size_t, size_t, httplib::DataSink& sink) {
                                  sleep_ms(ms_per_byte);
                                  return sink.write(".", 1);
                                });
}

void send_chunks(Response& response, int count) {
  response.set_chunked_content_provider(
      "application/x-ndjson", [count, sent = 0](size_t, httplib::DataSink& sink) mutable {
        if (sent == count) {
          sink.done();
          return true;
        }
        const std::string line = json{{"line", ++sent}}.dump() + "\n";
        return sink.write(line.data(), line.size());
      });
}

void send_truncated(Response& response) {
  response.set_content_provider(1000, "text/plain",
                                [](size_t offset, size_t, httplib::DataSink& sink) {
                                  return offset == 0 && sink.write("0123456789", 10);
                                });
}

void add_documents(httplib::Server& server, const std::string& name) {
  const auto data = [name](const Request& request, Response& response) {
    query_to_headers(request, response);
    send_json(response, {{"id", 1}, {"service", name}, {"items", {"a", "b"}}, {"text", "h\u00e9"}});
  };
  server.Get("/json", data);
  server.Get("/api/data", data);
  server.Get("/health", [](const Request&, Response& response) {
    response.set_content("{\"status\":\"pass\"}\n", "application/health+json");
  });
  server.Get("/header", [](const Request& request, Response& response) {
    query_to_headers(request, response);
    send_json(response, query_of(request));
  });
}

/// For the paths that take any method.
void add_any(httplib::Server& server, const std::string& pattern,
             const httplib::Server::Handler& handler) {
  server.Get(pattern, handler);  // and HEAD
  server.Post(pattern, handler);
  server.Put(pattern, handler);
  server.Patch(pattern, handler);
  server.Delete(pattern, handler);
  server.Options(pattern, handler);
}

void add_answers(httplib::Server& server, Counters& counters) {
  add_any(server, "/echo(?:/.*)?", echo);
  add_any(server, R"(/status/(\d{3}))", [](const Request& request, Response& response) {
    response.status = number(request, 1);
    query_to_headers(request, response);
    if (response.status != 204 && response.status != 304) {
      send_json(response, {{"status", response.status}});
    }
  });
  add_any(server, R"(/flaky/([^/]+)/(\d+))",
          [&counters](const Request& request, Response& response) {
            const int calls = counters.add(part(request, 1));
            response.status = calls <= number(request, 2) ? 503 : 200;
            send_json(response, {{"calls", calls}});
          });
  add_any(server, R"(/stall/([^/]+)/(\d+)/(\d+))",
          [&counters](const Request& request, Response& response) {
            const int calls = counters.add(part(request, 1));
            if (calls == number(request, 2))
              sleep_ms(number(request, 3));
            send_json(response, {{"calls", calls}});
          });
  server.Get("/count/([^/]+)", [&counters](const Request& request, Response& response) {
    response.set_content(std::to_string(counters.get(part(request, 1))) + "\n", "text/plain");
  });
  server.Get("/basic/([^/]+)/([^/]+)", [](const Request& request, Response& response) {
    const std::string expected = "Basic " + to_base64(part(request, 1) + ":" + part(request, 2));
    demand(response, request.get_header_value("Authorization") == expected, "Basic realm=\"test\"");
  });
  server.Get("/bearer/([^/]+)", [](const Request& request, Response& response) {
    demand(response, request.get_header_value("Authorization") == "Bearer " + part(request, 1),
           "Bearer");
  });
}

void add_transfers(httplib::Server& server) {
  add_any(server, R"(/delay/(\d+))", [](const Request& request, Response& response) {
    sleep_ms(number(request, 1));
    send_json(response, {{"delayed_ms", number(request, 1)}});
  });
  add_any(server, R"(/redirect/(\d+))", [](const Request& request, Response& response) {
    const int left = number(request, 1);
    if (left == 0)
      return send_json(response, {{"arrived", true}, {"method", request.method}});
    const auto mark = request.target.find('?');
    const std::string query = mark == std::string::npos ? "" : request.target.substr(mark);
    redirect(request, response, "/redirect/" + std::to_string(left - 1) + query);
  });
  add_any(server, "/redirect-to", [](const Request& request, Response& response) {
    redirect(request, response, request.get_param_value("url"));
  });
  server.Get(R"(/bytes/(\d+))", [](const Request& request, Response& response) {
    send_bytes(response, std::stoul(part(request, 1)));
  });
  server.Get(R"(/drip/(\d+)/(\d+))", [](const Request& request, Response& response) {
    send_slowly(response, std::stoul(part(request, 1)), number(request, 2));
  });
  server.Get(R"(/chunked/(\d+))", [](const Request& request, Response& response) {
    send_chunks(response, number(request, 1));
  });
  server.Get("/truncated", [](const Request&, Response& response) { send_truncated(response); });
}

struct Options {
  std::string name = "http_service";
  const char* cert = nullptr;
  const char* key = nullptr;
  const char* client_ca = nullptr;
};

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view option = argv[i];
    if (option == "--name")
      options.name = argv[i + 1];
    if (option == "--cert")
      options.cert = argv[i + 1];
    if (option == "--key")
      options.key = argv[i + 1];
    if (option == "--client-ca")
      options.client_ca = argv[i + 1];
  }
  return options;
}

std::unique_ptr<httplib::Server> make_server(const Options& options) {
  if (options.cert == nullptr)
    return std::make_unique<httplib::Server>();
  return std::make_unique<httplib::SSLServer>(options.cert, options.key, options.client_ca);
}

void configure(httplib::Server& server, const std::string& name, Counters& counters) {
  server.set_default_headers({{"x-served-by", name}});
  server.set_pre_routing_handler([&counters](const Request& request, Response&) {
    if (request.has_param("count"))
      counters.add(request.get_param_value("count"));
    return httplib::Server::HandlerResponse::Unhandled;
  });
  // A kept connection holds its thread, and a load test keeps many of them for long.
  server.new_task_queue = [] { return new httplib::ThreadPool(128); };
  server.set_keep_alive_max_count(100'000'000);
  server.set_tcp_nodelay(true);
}

/// The port, or -1.
int listen_on_any_port(httplib::Server& server) {
  int listener = -1;
  // Instead of the library's SO_REUSEPORT, with which two services could share one port.
  server.set_socket_options([&listener](socket_t socket) { listener = socket; });
  const int port = server.bind_to_any_port("127.0.0.1");
  // The library's backlog of 5 costs a burst of connections a second each.
  if (port > 0 && ::listen(listener, 1024) != 0)
    return -1;
  server.set_socket_options(nullptr);
  return port;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  // Before there are threads, which inherit it: only the sigwait below may see them.
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);

  const Options options = parse(argc, argv);
  const auto server = make_server(options);
  Counters counters;
  if (!server->is_valid()) {
    std::fputs("http_service: the certificate or key cannot be used\n", stderr);
    return 1;
  }
  configure(*server, options.name, counters);
  add_documents(*server, options.name);
  add_answers(*server, counters);
  add_transfers(*server);

  const int port = listen_on_any_port(*server);
  if (port < 0) {
    std::fputs("http_service: cannot listen\n", stderr);
    return 1;
  }
  std::thread listener([&server] { server->listen_after_bind(); });
  listener.detach();
  std::printf("%d\n", port);
  std::fflush(stdout);

  int signal_number = 0;
  sigwait(&ending, &signal_number);
  // Not stop(): it would wait for every kept connection and every /delay to end.
  _exit(0);
}
