#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// A pattern of ECMA-262 in PCRE2's words: escapes that the two understand differently are spelled
/// out. Throws Error{usage} for escapes that ECMA-262 does not have.
std::string pcre2_pattern(std::string_view ecma_pattern);

}  // namespace mscomm
