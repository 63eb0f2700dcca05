#pragma once

#include <string>
#include <string_view>

#include "core/amqp/broker_url.h"
#include "core/runtime/secret.h"
#include "core/runtime/tls_options.h"

namespace mscomm {

/// Where RabbitMQ's management API is and how to log in there.
struct ManagementOptions {
  std::string url;  ///< "http://host:15672", with the path that the API's `/api/` follows, if any
  bool is_guessed = false;  ///< from the broker's host, so that nothing may be there
  std::string user;         ///< unless the URL has one
  Secret password;
  TlsOptions tls;
};

/// The API of the broker that a session is connected to: at `url` (--management-url), or, when that
/// is empty, where RabbitMQ's defaults put it on the same host: http on port 15672 for amqp, https
/// on port 15671 for amqps. User, password and TLS options are the broker's.
ManagementOptions management_options(std::string_view url, const BrokerUrl& broker);

/// Throws Error{usage} beginning with `what` unless the text is an http or https URL with a host,
/// as far as can be told without libcurl, which would cost each start its loading.
void check_management_url(std::string_view url, std::string_view what);

/// Whether the URL is https.
bool speaks_tls(std::string_view management_url);

/// Throws Error{usage} when the broker's password, which TLS protects on its way to the broker,
/// would go to `management_url` in clear text: http, no user in that URL, and another host than
/// this one.
void refuse_password_in_clear_text(std::string_view management_url, const BrokerUrl& broker);

}  // namespace mscomm
