#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/http/curl_client.h"
#include "core/http/http.h"
#include "core/runtime/secret.h"

namespace CLI {
class App;
}

namespace mscomm {

struct Context;

/// What is asked for, and how it is reached.
struct RequestOptions {
  std::string url;
  std::string base_url;
  std::string method;    ///< empty: the command's own
  HttpRequest prepared;  ///< headers of -H
  std::vector<std::string> query;
  std::vector<std::string> data;    ///< each STR, @FILE or @-
  std::optional<std::string> json;  ///< the same
  std::optional<std::string> user;  ///< NAME or NAME:PASSWORD
  Secret password;
  Secret bearer;
  HttpClientOptions client;
};

/// Adds the argument URL and the options for a request and its connection.
void bind_request_options(CLI::App& app, RequestOptions& options);

/// The request that the options describe; reads files and stdin that they name. `method` is the
/// command's own. Throws Error{usage} for options that contradict each other, and Error{io}.
HttpRequest make_request(const RequestOptions& options, const std::string& method,
                         const Context& context);

}  // namespace mscomm
