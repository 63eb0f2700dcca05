#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mscomm {

/// Breaks `text` at spaces into lines of at most `width` columns, each but the first indented by
/// `indent` spaces (which count). A longer word has a line of its own; line breaks in the text are
/// kept. No line end after the last line. A column is a UTF-8 character. A no-break space (U+00A0)
/// becomes a space at which no line is broken.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

}  // namespace mscomm
