#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/document/document.h"

namespace mscomm {

enum class DocumentKind { json, yaml, toml };

/// What a file's name says that it is (.json, .yaml, .yml, .toml), or else its first character:
/// JSON, or YAML.
DocumentKind kind_of_document(std::string_view path, std::string_view text);

/// The one document that a text is. `title` is for messages.
///
/// Throws Error{usage} with line and column: for what is not of that kind, for a name that stands
/// twice in an object, for a second document, and for what JSON has no words for. See also
/// parse_yaml() and parse_toml().
Document load_document(std::string_view text, const std::string& title, DocumentKind kind);

/// The documents of a text: YAML may have any number of them, JSON and TOML have one.
std::vector<Document> load_documents(std::string_view text, const std::string& title,
                                     DocumentKind kind);

}  // namespace mscomm
