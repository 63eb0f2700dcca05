#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/http/curl_client.h"
#include "core/http/form_field.h"
#include "core/http/http.h"
#include "core/runtime/secret.h"

namespace mscomm {

class CommandLine;

struct Context;

/// The request and how its server is reached.
struct RequestOptions {
  std::vector<std::string> urls;  ///< `-`: one on each line of stdin
  std::string base_url;
  std::string method;    ///< empty: the command's own
  HttpRequest prepared;  ///< headers of -H
  std::vector<std::string> query;
  std::vector<std::string> data;    ///< each STR, @FILE or @-
  std::optional<std::string> json;  ///< the same
  std::vector<FormField> form;
  bool http1_1 = false;
  bool http2 = false;
  std::optional<std::string> user;  ///< NAME or NAME:PASSWORD
  Secret password;
  Secret bearer;
  HttpClientOptions client;
};

/// Adds the argument URL and the options of a request and its connection. `method` is the command's
/// own.
void bind_request_options(CommandLine& line, RequestOptions& options, std::string_view method);

/// How the client connects. `method` is the command's own.
HttpClientOptions client_options(const RequestOptions& options, const std::string& method);

/// The requests that the options describe, one for each URL; reads files and stdin that they name.
/// `method` is the command's own. Throws Error{usage} for options that contradict each other, and
/// Error{io} or Error{timeout} when an input cannot be read to its end.
std::vector<HttpRequest> make_requests(const RequestOptions& options, const std::string& method,
                                       const Context& context);

}  // namespace mscomm
