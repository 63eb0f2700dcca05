#include "core/message/body_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/message/message.h"
#include "core/runtime/error.h"

namespace mscomm {

void BodyFile::read(std::uint64_t offset, std::span<char> into) const {
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got = pread(fd_.get(), into.data() + done, into.size() - done,
                           static_cast<off_t>(begin_ + offset + done));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      throw Error(Exit::io,
                  fmt::format("cannot read {}: {}", name_,
                              got == 0 ? "it became shorter meanwhile" : std::strerror(errno)));
    }
    done += static_cast<std::size_t>(got);
  }
}

std::string BodyFile::read_all() const {
  std::string all(size_, '\0');
  read(0, all);
  return all;
}

void BodyFile::for_each_piece(const std::function<void(std::string_view)>& take) const {
  constexpr std::size_t kPiece = 128UL * 1024;
  std::string piece;
  for (std::uint64_t offset = 0; offset < size_; offset += piece.size()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, size_ - offset)));
    read(offset, piece);
    take(piece);
  }
}

std::uint64_t Delivery::body_bytes() const noexcept {
  return file != nullptr ? file->size() : body.size();
}

}  // namespace mscomm
