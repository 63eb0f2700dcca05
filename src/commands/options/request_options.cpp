#include "commands/options/request_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "commands/line/option_types.h"
#include "commands/options/tls_options.h"
#include "core/document/json_parser.h"
#include "core/http/form_field.h"
#include "core/http/request_parts.h"
#include "core/runtime/error.h"
#include "core/runtime/files.h"
#include "core/runtime/text.h"
#include "core/telemetry/context.h"

namespace mscomm {
namespace {

void check_file_name(const std::string& value, const std::string& what) {
  if (value == "@") {
    throw Error(Exit::usage, fmt::format("{}: the file after @ has no name", what),
                "is a shell variable unset?");
  }
}

std::string_view without_carriage_return(std::string_view line) {
  return line.ends_with('\r') ? trim(line.substr(0, line.size() - 1)) : line;
}

// The content of a file, or for `-` of stdin, byte for byte.
std::string content_of_file(const std::string& path, const Context& context) {
  return path == "-" ? read_stdin(kBodyLimit, context.patience())
                     : read_input(path, kBodyLimit, context.patience());
}

bool is_file(const std::string& value) { return value.starts_with('@'); }

// The value itself, or the content of `@FILE` or `@-`.
std::string content_of(const std::string& value, const Context& context) {
  return is_file(value) ? content_of_file(value.substr(1), context) : value;
}

// What curl calls a form: a POST of texts. What one file holds is its owner's business, and only a
// POST submits a form.
bool is_urlencoded_form(const HttpRequest& request, const std::vector<std::string>& data) {
  return request.method == "POST" && !(data.size() == 1 && is_file(data.front()));
}

void add_data(HttpRequest& request, const RequestOptions& options, const Context& context) {
  auto body = content_of(options.data.front(), context);
  for (std::size_t i = 1; i < options.data.size(); ++i) {
    body += '&';
    body += content_of(options.data[i], context);
  }
  request.body = std::make_shared<const std::string>(std::move(body));
  if (is_urlencoded_form(request, options.data)) {
    add_default_header(request, "Content-Type", "application/x-www-form-urlencoded");
  }
}

void add_json(HttpRequest& request, const std::string& value, const Context& context) {
  auto body = content_of(value, context);
  if (const auto problem = json_error(body); !problem.empty()) {
    const auto where = value.starts_with('@') ? fmt::format(" ({})", value.substr(1)) : "";
    throw Error(Exit::usage, fmt::format("--json{}: {}", where, problem),
                "--data sends a body as it is");
  }
  request.body = std::make_shared<const std::string>(std::move(body));
  add_default_header(request, "Content-Type", "application/json");
  add_default_header(request, "Accept", "application/json");
}

void add_form(HttpRequest& request, const RequestOptions& options, const Context& context) {
  for (const auto& field : options.form) {
    auto& part = request.form.emplace_back();
    part.name = field.name;
    part.type = field.type;
    part.filename = field.filename;
    std::error_code ignored;  // reading the file reports the error
    if (!field.is_file) {
      part.value = field.value;
    } else if (std::filesystem::is_regular_file(field.value, ignored)) {
      open_regular_file(field.value);
      part.file = field.value;
    } else {  // a pipe, readable only once
      part.value = content_of_file(field.value, context);
      if (part.filename.empty()) {
        part.filename = field.value.substr(field.value.rfind('/') + 1);
      }
    }
  }
}

void add_body(HttpRequest& request, const RequestOptions& options, const Context& context) {
  add_form(request, options, context);
  if (options.json) {
    add_json(request, *options.json, context);
  } else if (!options.data.empty()) {
    add_data(request, options, context);
  }
  if ((request.body || !request.form.empty()) && request.method == "HEAD") {
    throw Error(Exit::usage, "a HEAD request has no body");
  }
}

void add_credentials(HttpRequest& request, const RequestOptions& options) {
  if (!options.bearer.empty()) {
    request.authorization = Secret(std::string("Bearer ").append(options.bearer.reveal()));
    return;
  }
  const auto user = options.user.value_or(request.url.user);
  const auto colon = options.user ? user.find(':') : std::string::npos;
  if (colon != std::string::npos) {
    request.authorization = basic_authorization(user.substr(0, colon), user.substr(colon + 1));
  } else if (!options.password.empty()) {
    if (user.empty()) {
      throw Error(Exit::usage, "--password-file needs a name", "give --user NAME too");
    }
    request.authorization = basic_authorization(user, options.password.reveal());
  } else if (!user.empty()) {
    request.authorization = basic_authorization(user, request.url.password.reveal());
  }
}

void bind_authentication(CommandLine& line, RequestOptions& options) {
  OptionGroup login(line, "Authentication");
  login
      .text("--user", options.user, "NAME[:PASSWORD]",
            "basic authentication; a password is safer in --password-file")
      .needs({"--password-file", "--user=*:*"})
      .excludes({"--bearer-file"});
  login
      .secret_file("--password-file", options.password,
                   "the password of --user or of the URL's user")
      .needs({"--user", "URL=*@*|-", "--base-url=*@*"}, "or a URL with a name: http://NAME@host/")
      .excludes({"--bearer-file"});
  login.secret_file("--bearer-file", options.bearer,
                    "send the token in this file as Authorization: Bearer");
}

void bind_connection(CommandLine& line, RequestOptions& options) {
  OptionGroup connection(line, "Connection");
  auto& client = options.client;
  connection.duration("--connect-timeout", client.connect_timeout,
                      "give up when name, TCP and TLS take longer; 0 for no limit");
  connection.duration("--stall-timeout", client.stall_timeout,
                      "give up when no byte moves for so long; 0 for no limit");
  connection.text("--unix-socket", client.unix_socket, "FILE",
                  "connect to this socket, whatever the URL's host is");
  connection.list(
      "--connect-to", client.connect_to, "HOST:PORT:HOST2:PORT2",
      "connect to HOST2:PORT2 for that host and port; an empty part is any, or the same");
  connection
      .text("--proxy", client.proxy, "URL",
            "go through this proxy, http, https, socks5 or socks5h; without it the "
            "environment decides, and '' is none")
      .may_be_empty();
  connection.flag("--http1.1", options.http1_1, "speak HTTP/1.1 only").excludes({"--http2"});
  connection.flag("--http2", options.http2, "speak HTTP/2 also where there is no TLS");
  connection.flag("--compressed", client.compressed,
                  "ask for a compressed response, which is unpacked");
  connection.list("--resolve", client.resolve, "HOST:PORT:ADDRESS",
                  "use this address for that host and port instead of asking DNS");
}

}  // namespace

void bind_request_options(CommandLine& line, RequestOptions& options, std::string_view method) {
  OptionGroup request(line, "Request");
  request.positionals("URL", options.urls,
                      "http://host/path, host/path, :PORT/path for localhost, or /path with "
                      "--base-url; several are asked one after the other or, with --concurrency, "
                      "at once; - is a URL on each line of stdin");
  request.text("--base-url", options.base_url, "URL", "what completes a URL that begins with /");
  request.custom("-X,--method", "METHOD", "send this method instead of the command's own",
                 [&options](const std::string& value, const std::string& what) {
                   check_method(value, what);
                   options.method = value;
                 });
  request.custom_list("-H,--header", "'NAME: VALUE'",
                      "send this header; 'NAME;' sends it empty, 'NAME:' takes a default away",
                      [&options](const std::string& value, const std::string& what) {
                        add_header_option(options.prepared, value, what);
                      });
  request.list("--query", options.query, "NAME=VALUE",
               "add this to the URL's query, percent-encoded");
  const auto bodies = [&] {
    request
        .custom_list("-d,--data", "TEXT|@FILE|@-",
                     "the body, exactly: text, where '' is an empty body, a file or stdin; several "
                     "are joined by &. The method stays the command's own",
                     [&options](const std::string& value, const std::string& what) {
                       check_file_name(value, what);
                       options.data.push_back(value);
                     })
        .may_be_empty()
        .excludes({"--json", "--form"});
    request
        .custom_list("--form", "NAME=TEXT|@FILE",
                     "a field of a form, which is then the body (multipart/form-data): a text, or "
                     "a file to send; ';type=TYPE' and ';filename=NAME' may follow",
                     [&options](const std::string& value, const std::string& what) {
                       options.form.push_back(parse_form_field(value, what));
                     })
        .excludes({"--json"});
    request.custom("--json", "TEXT|@FILE|@-",
                   "the body, which must be JSON; sets Content-Type and Accept",
                   [&options](const std::string& value, const std::string& what) {
                     check_file_name(value, what);
                     options.json = value;
                   });
  };
  // A HEAD request has no body (RFC 9110 section 9.3.2); a profile's body for all verbs is idle
  // here.
  if (method == "HEAD") {
    line.each({Relation::Kind::needs, {"--method!=HEAD"}, "a HEAD request has no body"}, bodies);
  } else {
    bodies();
  }
  bind_authentication(line, options);
  bind_connection(line, options);
  bind_tls_options(line, options.client.tls);
}

namespace {

// The method of --method, else the command's own.
const std::string& method_of(const RequestOptions& options, const std::string& commands) {
  return options.method.empty() ? commands : options.method;
}

}  // namespace

HttpClientOptions client_options(const RequestOptions& options, const std::string& method) {
  auto client = options.client;
  client.version = options.http1_1 ? HttpVersion::http1_1
                   : options.http2 ? HttpVersion::http2
                                   : HttpVersion::automatic;
  client.multiplexes = is_idempotent(method_of(options, method));
  return client;
}

namespace {

struct GivenUrl {
  std::string text;
  std::string place;  // "stdin, line 2", or empty for an argument
};

std::vector<GivenUrl> urls_of(const RequestOptions& options, const Context& context) {
  std::vector<GivenUrl> urls;
  for (const auto& url : options.urls) {
    if (url != "-") {
      urls.push_back({url, ""});
      continue;
    }
    std::size_t number = 0;
    const auto lines = read_stdin(kDocumentLimit, context.patience());
    for (std::string_view rest = lines; !rest.empty();) {
      const auto line = trim(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
      ++number;
      if (const auto text = without_carriage_return(line); !text.empty()) {
        urls.push_back({std::string(text), fmt::format("stdin, line {}", number)});
      }
    }
  }
  return urls;
}

HttpUrl parse(const GivenUrl& url, const std::string& base_url) {
  try {
    return parse_http_url(url.text, base_url);
  } catch (Error& error) {
    if (!url.place.empty()) {
      error.add_context(url.place);
    }
    throw;
  }
}

void check_stdin_is_read_once(const RequestOptions& options) {
  const bool reads_urls = std::ranges::find(options.urls, "-") != options.urls.end();
  const auto bodies = (options.json == "@-" ? 1 : 0) + std::ranges::count(options.data, "@-") +
                      std::ranges::count_if(options.form, [](const FormField& field) {
                        return field.is_file && field.value == "-";
                      });
  if (reads_urls && bodies > 0) {
    throw Error(Exit::usage, "stdin cannot be both the URLs and the body",
                "give either in a file or as an argument");
  }
  if (bodies > 1) {
    throw Error(Exit::usage, "stdin can be read only once", "give the others in files");
  }
}

}  // namespace

std::vector<HttpRequest> make_requests(const RequestOptions& options, const std::string& method,
                                       const Context& context) {
  check_stdin_is_read_once(options);
  HttpRequest common = options.prepared;
  common.method = method_of(options, method);
  add_body(common, options, context);
  std::vector<HttpRequest> requests;
  for (const auto& url : urls_of(options, context)) {
    auto& request = requests.emplace_back(common);
    request.url = parse(url, options.base_url);
    for (const auto& pair : options.query) {
      request.url = with_query(request.url, pair);
    }
    add_credentials(request, options);
  }
  return requests;
}

}  // namespace mscomm
