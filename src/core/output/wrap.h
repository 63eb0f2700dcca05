#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mscomm {

/// Breaks `text` at spaces into lines of at most `width` columns, each but the first indented by
/// `indent` spaces (which count). A word that is longer stands on a line of its own; a line break
/// in the text stays one. No line end after the last line. Columns are counted as UTF-8 characters.
/// A no-break space (U+00A0) comes out as a space at which no line is broken.
std::string wrap(std::string_view text, std::size_t width, std::size_t indent = 0);

}  // namespace mscomm
