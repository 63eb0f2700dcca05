#include "core/call/download.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/runtime/text.h"

namespace mscomm {
namespace {

// Enough for what a service says of a failure, and little enough for a message.
constexpr std::size_t kMostShown = 16UL * 1024;

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

void Download::add_refused(Error& error) const {
  std::string lines;
  append_quoted_lines(lines, refused_head_, kQuoted);
  const bool is_cut = refused_bytes_ > refused_body_.size();
  const auto text = is_cut ? whole_characters(refused_body_) : std::string_view(refused_body_);
  if (!is_text(text)) {
    lines += fmt::format("  (a body of {} bytes that is no text)\n", refused_bytes_);
  } else {
    append_quoted_lines(lines, text, kQuoted);
    lines += is_cut ? fmt::format("  (and {} bytes more)\n", refused_bytes_ - text.size()) : "";
  }
  for (std::string_view rest = lines; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
    error.add_line(std::string(rest.substr(0, rest.find('\n'))));
  }
}

}  // namespace mscomm
