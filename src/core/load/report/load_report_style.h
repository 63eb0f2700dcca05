#pragma once

#include <string>
#include <string_view>

namespace mscomm::report {

/// The page's only style sheet: report.css. The colours are those of Okabe and Ito, distinguishable
/// with any kind of colour vision, made darker or lighter for contrast; dashes and words carry the
/// same information.
std::string_view style_sheet();

/// The page's only script, report.js, which adds read-outs to the plots.
std::string_view script();

/// A content security policy that allows only the two above, by their hashes: no other script or
/// style, not even an inline one, and no network.
std::string content_security_policy();

}  // namespace mscomm::report
