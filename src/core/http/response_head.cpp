#include "core/http/response_head.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "core/runtime/ascii.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

void read_status_line(HttpResponse& response, std::string_view line) {
  const auto version_end = std::min(line.find(' '), line.size());
  const auto version = line.substr(0, version_end).substr(std::min(line.find('/'), version_end));
  const bool is_number =
      version.size() > 1 && version.find_first_not_of("0123456789.", 1) == std::string_view::npos;
  response.http_version = is_number ? version.substr(1) : "0.9";  // a status line without a version
  const auto rest = trim(line.substr(version_end));
  std::from_chars(rest.data(), rest.data() + rest.size(), response.status);
  const auto phrase = rest.find(' ');
  response.reason =
      phrase == std::string_view::npos ? reason_phrase(response.status) : trim(rest.substr(phrase));
}

// Counts in libcurl's range; libcurl ignores a larger length and reads until the connection ends.
std::optional<std::int64_t> length_of(std::string_view text) {
  std::int64_t length = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, length);
  const bool is_number = error == std::errc() && stopped == end && !text.starts_with('-');
  return is_number ? std::optional(length) : std::nullopt;
}

}  // namespace

void add_head_line(HttpResponse& response, std::string_view line) {
  constexpr std::size_t kMostHaveFewer = 16;
  if (response.http_version.empty()) {
    read_status_line(response, line);
    response.headers.reserve(kMostHaveFewer);
  } else if (!line.starts_with(' ') && !line.starts_with('\t')) {
    response.headers.push_back(split_header(line));
  } else if (!response.headers.empty()) {
    auto& value = response.headers.back().value;
    value.append(value.empty() ? "" : " ").append(trim(line));
  }
}

void clear_head(HttpResponse& response) {
  response.status = 0;
  response.reason.clear();
  response.http_version.clear();
  response.headers.clear();
}

bool announces_chunks(std::string_view line) {
  constexpr std::string_view kName = "transfer-encoding:";
  return same_ascii(line.substr(0, kName.size()), kName) &&
         lower_case(line.substr(kName.size())).find("chunked") != std::string::npos;
}

HttpHeader split_header(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) {
    return {std::string(line), {}};
  }
  return {std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))};
}

std::optional<std::string> bad_content_length(const HttpHeaders& headers) {
  // Several headers form one list (RFC 9110 section 5.3), as if a proxy had merged them.
  std::optional<std::string> all;
  for (const auto& header : headers) {
    if (same_header_name(header.name, "content-length")) {
      all = all ? *all + ", " + header.value : header.value;
    }
  }
  if (!all || find_header(headers, "transfer-encoding") != nullptr) {
    return std::nullopt;
  }
  const auto first = length_of(trim(std::string_view(*all).substr(0, all->find(','))));
  for (std::string_view list = *all;;) {
    const auto comma = list.find(',');
    const auto length = length_of(trim(list.substr(0, comma)));
    if (!length || length != first) {
      return all;
    }
    if (comma == std::string_view::npos) {
      return std::nullopt;
    }
    list.remove_prefix(comma + 1);
  }
}

}  // namespace mscomm
