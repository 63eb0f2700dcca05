#include "core/call/download.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Enough for what a service says of a failure, and little enough for a message.
constexpr std::size_t kMostShown = 16UL * 1024;

std::string indented(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines += "\n  ";
    lines += line;
  }
  return lines;
}

// Without a character that the end cuts.
std::string_view whole_characters(std::string_view text) {
  for (std::size_t cut = 0; cut < 4 && cut <= text.size(); ++cut) {
    if (const auto shorter = text.substr(0, text.size() - cut); is_utf8(shorter)) {
      return shorter;
    }
  }
  return text;
}

bool is_text(std::string_view bytes) {
  return is_utf8(bytes) && bytes.find('\0') == std::string_view::npos;
}

}  // namespace

bool has_no_body(std::string_view method, const HttpResponse& response) {
  const auto status = response.status;
  const bool may_have_none =
      (status >= 100 && status < 200) || status == 204 || status == 205 || status == 304;
  return method == "HEAD" || (may_have_none && response.body_bytes == 0);
}

void Download::begin(const HttpResponse& response) {
  accepts_ = !expected_ || expected_->contains(response.status);
  if (accepts_) {
    output_.begin(response);
  } else {
    begin_refused(response);
  }
}

void Download::begin_refused(const HttpResponse& response) {
  accepts_ = false;
  refused_head_.clear();
  refused_body_.clear();
  refused_bytes_ = 0;
  if (head_) {
    append_head(refused_head_, response);
  }
}

void Download::body(std::string_view piece) {
  if (accepts_) {
    output_.body(piece);
    return;
  }
  refused_bytes_ += piece.size();
  refused_body_ += piece.substr(0, kMostShown - refused_body_.size());
}

void Download::accept(const HttpResponse& response, std::string_view body) {
  accepts_ = true;
  output_.begin(response);
  output_.body(body);
}

void Download::refuse(const HttpResponse& response, std::string_view body) {
  begin_refused(response);
  this->body(body);
}

std::string Download::refused() const {
  auto lines = indented(refused_head_);
  const bool is_cut = refused_bytes_ > refused_body_.size();
  const auto text = is_cut ? whole_characters(refused_body_) : std::string_view(refused_body_);
  if (!is_text(text)) {
    return lines + fmt::format("\n  (a body of {} bytes that is no text)", refused_bytes_);
  }
  lines += indented(text);
  if (is_cut) {
    lines += fmt::format("\n  (and {} bytes more)", refused_bytes_ - text.size());
  }
  return lines;
}

}  // namespace mscomm
