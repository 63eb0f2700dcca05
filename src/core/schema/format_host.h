#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// RFC 1123 section 2.1: "example.org", A-labels ("xn--…") included.
bool is_hostname(std::string_view text);
/// As is_hostname(), with U-labels (RFC 5890 section 2.3.2.3): "bücher.example".
bool is_idn_hostname(std::string_view text);
/// RFC 5321 section 4.1.2.
bool is_email(std::string_view text);
/// RFC 6531 section 3.3.
bool is_idn_email(std::string_view text);

/// An IRI as a URI (RFC 3987 section 3.1): "%C3%BC" for "ü". What no IRI may have stays as it is,
/// which no URI may have either.
std::string iri_as_uri(std::string_view iri);

/// An IPv4 or IPv6 address, by AF_INET and AF_INET6.
bool is_ip_address(int family, std::string_view text);

}  // namespace mscomm
