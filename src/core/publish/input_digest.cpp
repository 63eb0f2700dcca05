#include "core/publish/input_digest.h"

#include <algorithm>

namespace mscomm {
namespace {

constexpr std::size_t kAtOnce = 16UL << 10U;
constexpr std::size_t kFilePart = 4UL << 20U;

}  // namespace

// Lengths come first, so that the same bytes divided otherwise are other messages.
void InputDigest::frame(char kind, std::uint64_t size) {
  waiting_ += kind;
  for (int i = 0; i < 8; ++i) {
    waiting_ += static_cast<char>(size & 0xffU);
    size >>= 8U;
  }
}

void InputDigest::flush() {
  sum_.add(waiting_);
  waiting_.clear();
}

void InputDigest::add(const Outgoing& message) {
  const auto bytes = message.origin.empty() ? message.body : message.origin;
  last_half_ = message.unterminated;
  if (message.unterminated || message.file) {
    before_ = hex();
  }
  if (message.again) {
    waiting_ += '=';
  } else {
    if (message.file) {
      file_ = message.file;
      offset_ = 0;
      frame('f', file_->size());
    }
    frame('m', bytes.size());
    waiting_ += bytes;
  }
  if (waiting_.size() >= kAtOnce) {
    flush();
  }
}

bool InputDigest::add_rest() {
  if (file_) {
    part_.resize(
        static_cast<std::size_t>(std::min<std::uint64_t>(kFilePart, file_->size() - offset_)));
    file_->read(offset_, part_);
    flush();
    sum_.add(part_);
    offset_ += part_.size();
    if (offset_ < file_->size()) {
      return false;
    }
    file_.reset();
    std::string().swap(part_);
  }
  ++count_;
  return true;
}

std::string InputDigest::hex() {
  if (file_) {
    return before_;
  }
  flush();
  return sum_.hex();
}

}  // namespace mscomm
