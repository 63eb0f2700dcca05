#pragma once

#include <string>
#include <string_view>

namespace mscomm {

/// A field of a form as `--form` gives it.
struct FormField {
  std::string name;
  std::string value;     ///< the text, or the path of a file
  bool is_file = false;  ///< `-` is stdin
  std::string type;      ///< the media type; empty: not given
  std::string filename;  ///< empty: not given
};

/// Parses `NAME=TEXT` and `NAME=@FILE` as curl does: `;type=TYPE` and `;filename=NAME` may follow,
/// the type with parameters of its own. A TEXT, FILE or file name that has these words, or begins
/// with a double quote, stands in double quotes, in which a backslash escapes a quote or a
/// backslash. Any other semicolon belongs to the text.
///
/// Throws Error{usage} beginning with `what`, also for an empty file or type.
FormField parse_form_field(std::string_view text, std::string_view what);

}  // namespace mscomm
