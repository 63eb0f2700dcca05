#pragma once

#include <string>
#include <string_view>

namespace mscomm::report {

/// The page's only style sheet: report.css. The colours are Okabe and Ito's, which people with any
/// kind of colour vision tell apart, made darker or lighter for contrast; dashes and words say the
/// same again.
std::string_view style_sheet();

/// The page's only script, report.js, which adds read-outs to the plots.
std::string_view script();

/// A content security policy that lets the two above through, by their hashes, and nothing else: no
/// other script or style, not even an inline one, and no network.
std::string content_security_policy();

}  // namespace mscomm::report
