// A URL as a user types it, and the Location that a server sends.

#include "core/http/http_url.h"
#include "core/runtime/error.h"
#include "core/runtime/redact.h"
#include "core/runtime/uri.h"
#include "fuzz/fuzzer.h"

namespace mscomm::test {
namespace {

// What is requested is the same when it is read again, and names nobody.
void check_parts(const HttpUrl& url) {
  require(url.origin.starts_with("http://") || url.origin.starts_with("https://"));
  require(url.text.find('#') == std::string::npos);
  const auto again = parse_http_url(url.text);
  require(again.text == url.text && again.shown == shown_url(url.text));
  require(again.origin == url.origin && shown_url(url.shown) == url.shown);
  require(again.user.empty() && again.password.reveal().empty());
  if (again.shown != url.text || url.shown.find('@') != url.shown.rfind('@')) {
    return;  // more may be hidden than the password
  }
  const auto seen = parse_http_url(url.shown);
  require(seen.text == url.text && seen.shown == url.shown && seen.user == url.user);
  require(url.password.empty() || seen.password.reveal() == "***");
}

void check_references(std::string_view base, std::string_view reference) {
  const auto parts = split_uri(reference);
  std::string whole;
  whole += parts.scheme ? std::string(*parts.scheme) + ':' : "";
  whole += parts.authority ? "//" + std::string(*parts.authority) : "";
  whole += parts.path;
  whole += parts.query ? '?' + std::string(*parts.query) : "";
  whole += parts.fragment ? '#' + std::string(*parts.fragment) : "";
  require(whole == reference);
  const auto resolved = resolve_uri(base, resolve_uri(base, reference));
  require(!is_uri(base) || resolve_uri(base, resolved) == resolved);
  require(!is_uri(reference) || is_uri_reference(reference));
  require(percent_decoded(reference).size() <= reference.size());
}

}  // namespace

void fuzz(std::string_view input) {
  const auto end = input.find('\n');
  const auto text = input.substr(0, end);
  const auto reference = end == std::string_view::npos ? input : input.substr(end + 1);
  check_references(text, reference);
  HttpUrl url;
  try {
    url = parse_http_url(text, "http://base.test/v1/");
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
    return;
  }
  check_parts(url);
  try {
    check_parts(resolve_location(url, reference));
  } catch (const Error& error) {
    require(error.reason() == Exit::failed);
  }
  try {
    check_parts(with_query(url, reference));
  } catch (const Error& error) {
    require(error.reason() == Exit::usage);
  }
}

}  // namespace mscomm::test
