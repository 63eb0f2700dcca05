#include "core/publish/body_sender.h"

#include <algorithm>

namespace mscomm {
namespace {

// The payload of a frame of RabbitMQ's default frame_max, in bytes.
constexpr std::uint64_t kFilePiece = 131072 - 8;

}  // namespace

void BodySender::send(const ConfirmWindow::Entry& entry, Session& session, std::size_t most) {
  while (left_ > 0 && session.buffered() < most) {
    const auto offset = entry.body_bytes() - left_;
    const auto size = static_cast<std::size_t>(std::min(left_, kFilePiece));
    if (entry.file) {
      piece_.resize(size);
      entry.file->read(offset, piece_);
      session.append_body(piece_);
    } else {
      session.append_body(std::string_view(entry.body).substr(offset, size));
    }
    left_ -= size;
  }
}

}  // namespace mscomm
