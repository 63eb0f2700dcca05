#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/document/document.h"

namespace mscomm {

enum class DocumentKind { json, yaml, toml };

/// The kind by the file's extension (.json, .yaml, .yml, .toml), otherwise JSON or YAML by the
/// first character of the text.
DocumentKind kind_of_document(std::string_view path, std::string_view text);

/// Parses a text that holds one document. `title` names it in messages.
///
/// Throws Error{usage} with line and column: for a text that is not of that kind, for a name that
/// an object has twice, for a second document, and for values that JSON does not have. See also
/// parse_yaml() and parse_toml().
Document load_document(std::string_view text, const std::string& title, DocumentKind kind);

/// The documents of a text: YAML may have any number of them, JSON and TOML have one.
std::vector<Document> load_documents(std::string_view text, const std::string& title,
                                     DocumentKind kind);

}  // namespace mscomm
