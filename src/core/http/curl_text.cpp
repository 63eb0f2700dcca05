#include "core/http/curl_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/http/http.h"
#include "core/http/response_head.h"
#include "core/runtime/redact.h"

namespace mscomm {
namespace {

// `… [name: value]`. The closing bracket is not checked: libcurl truncates long lines.
bool repeats_header(std::string_view text) {
  for (auto open = text.find('['); open != std::string_view::npos;
       open = text.find('[', open + 1)) {
    const auto name = text.substr(open + 1, text.find_first_of(" []", open + 1) - open - 1);
    if (name.size() > 1 && name.ends_with(':')) {
      return true;
    }
  }
  return false;
}

std::string loggable_line(std::string_view line) {
  const auto header = split_header(line);
  if (header.value.empty() || header.name.find(' ') != std::string::npos) {  // a start line
    return without_passwords(line);
  }
  return fmt::format("{}: {}", header.name, loggable_header_value(header));
}

}  // namespace

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) {
    line.remove_suffix(1);
  }
  return line;
}

std::string without_proxys_secrets(std::string text) {
  const auto quote = text.find('\'');
  const auto at = text.rfind('@');
  if (quote != std::string::npos && at != std::string::npos && quote < at) {
    text.replace(quote + 1, at - quote - 1, "***");
  } else if (quote != std::string::npos && text.starts_with("Unsupported proxy")) {
    text.replace(quote + 1, std::string::npos, "***'");  // the host may have been forgotten
  }
  return text;
}

std::string loggable_curl_text(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  if (repeats_header(text)) {
    return {};
  }
  // A proxy's URL needs no scheme, so a password in it may go unnoticed; only the variable's name
  // is safe to log.
  if (text.starts_with("Uses proxy env variable")) {
    text = text.substr(0, text.find(" =="));
  }
  return text.starts_with("Unsupported proxy") ? without_proxys_secrets(std::string(text))
                                               : without_passwords(text);
}

void log_curl_traffic(Log log, curl_infotype type, std::string_view text) {
  if (type == CURLINFO_TEXT) {
    if (const auto said = loggable_curl_text(text); !said.empty()) {
      log.debug("* {}", said);
    }
    return;
  }
  if (type != CURLINFO_HEADER_OUT && type != CURLINFO_HEADER_IN) {
    return;
  }
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    const auto line = without_line_end(text.substr(0, end));
    text.remove_prefix(end);
    if (!line.empty()) {
      log.info("{} {}", type == CURLINFO_HEADER_OUT ? '>' : '<', loggable_line(line));
    }
  }
}

}  // namespace mscomm
