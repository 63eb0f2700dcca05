#pragma once

#include <cstddef>
#include <functional>
#include <string_view>

#include "core/runtime/text.h"

namespace mscomm {

/// Called between the pieces of long output, none of which takes more than milliseconds. It may
/// write away what is there, and throws when a stop signal or the deadline ends the command.
using Pause = std::function<void()>;

/// Bytes of text that become output at once. A multiple of three, for base64.
inline constexpr std::size_t kPiece = std::size_t{3} << 16U;

/// Passes `text` to `take` piece by piece, with `pause` after each but the last. `cut(text,
/// kPiece)` is the piece at the start of a longer text.
template <class Cut, class Take>
void cut_in_pieces(std::string_view text, const Pause& pause, const Cut& cut, const Take& take) {
  while (text.size() > kPiece) {
    const std::string_view piece = cut(text, kPiece);
    take(piece);
    text.remove_prefix(piece.size());
    if (pause) {
      pause();
    }
  }
  take(text);
}

/// Pieces that cut no character of UTF-8.
template <class Take>
void in_pieces(std::string_view text, const Pause& pause, const Take& take) {
  cut_in_pieces(text, pause, piece_of, take);
}

/// Pieces of kPiece bytes.
template <class Take>
void in_pieces_of_bytes(std::string_view bytes, const Pause& pause, const Take& take) {
  const auto cut = [](std::string_view text, std::size_t most) { return text.substr(0, most); };
  cut_in_pieces(bytes, pause, cut, take);
}

/// is_utf8() for a text that may be long.
inline bool is_utf8_in_pieces(std::string_view text, const Pause& pause) {
  bool is_text = true;
  in_pieces(text, pause, [&](auto piece) { is_text = is_text && is_utf8(piece); });
  return is_text;
}

}  // namespace mscomm
