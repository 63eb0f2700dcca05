#include "core/call/response_output.h"

#include <fmt/format.h>

#include "core/output/json_text.h"
#include "core/output/record.h"
#include "core/runtime/poll.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

// A longer JSON text is printed as it comes, since all of it would have to be kept.
constexpr std::size_t kMostIndented = std::size_t{8} << 20U;

// The number of bytes at the end that begin a UTF-8 sequence completed by the next piece.
std::size_t cut_sequence(std::string_view bytes) {
  for (std::size_t length = 1; length <= 3 && length <= bytes.size(); ++length) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - length]);
    if ((byte & 0xC0U) == 0x80U) {
      continue;  // the lead byte is further to the front
    }
    const std::size_t whole = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return length < whole ? length : 0;
  }
  return 0;
}

// On a terminal lines end in LF alone: visible() would show the CR.
std::string visible_text(std::string text) {
  std::erase(text, '\r');
  return visible(text);
}

}  // namespace

bool flush(Writer& writer, const Deadline& deadline, const StopSignal& stop) {
  while (!writer.try_flush()) {
    if (!wait_or_throw(writer.fd(), POLLOUT, deadline, stop)) {
      return false;
    }
  }
  return true;
}

void append_head(std::string& out, const HttpResponse& response) {
  out += fmt::format("HTTP/{} {}{}{}\r\n", response.http_version, response.status,
                     response.reason.empty() ? "" : " ", response.reason);
  for (const auto& header : response.headers) {
    out += fmt::format("{}: {}\r\n", header.name, header.value);
  }
  out += "\r\n";
}

void ResponseOutput::begin(const HttpResponse& response) {
  const auto* const type = find_header(response.headers, "content-type");
  is_json_ = options_.for_terminal && type != nullptr && is_json_type(type->value);
  if (!options_.head) {
    return;
  }
  std::string head;
  append_head(head, response);
  writer_.buffer() += options_.for_terminal ? visible_text(std::move(head)) : head;
}

void ResponseOutput::body(std::string_view piece) {
  if (piece.empty()) {
    return;
  }
  last_ = piece.back();
  if (options_.for_terminal) {
    incomplete_ += piece;
    is_json_ = is_json_ && incomplete_.size() <= kMostIndented;
    if (is_json_) {
      return;
    }
    const auto ready = incomplete_.size() - cut_sequence(incomplete_);
    append_visible(writer_.buffer(), std::string_view(incomplete_).substr(0, ready));
    incomplete_.erase(0, ready);
    writer_.try_flush();
    return;
  }
  // A whole body is not there a second time, as long as the writer takes it.
  in_pieces_of_bytes(piece, {}, [this](auto part) {
    writer_.buffer() += part;
    writer_.try_flush();
  });
}

int ResponseOutput::blocked_on() const { return writer_.buffer().empty() ? -1 : writer_.fd(); }

void ResponseOutput::end(const Pause& pause) {
  if (!options_.for_terminal) {
    return;
  }
  if (is_json_ && is_json(incomplete_)) {
    append_indented_json(writer_.buffer(), incomplete_, options_.colored, pause);
    last_ = ' ';
  } else {
    append_text(writer_.buffer(), Bytes{incomplete_}, TextForm::visible, pause);
  }
  incomplete_.clear();
  if (last_ != '\n') {
    writer_.buffer() += '\n';  // the prompt begins on a line of its own
  }
}

}  // namespace mscomm
