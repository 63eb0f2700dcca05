#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// Translates a pattern of ECMA-262 to PCRE2: escapes with different meanings are spelled out.
/// Throws Error{usage} for escapes that ECMA-262 lacks.
std::string pcre2_pattern(std::string_view ecma_pattern);

}  // namespace mscomm
