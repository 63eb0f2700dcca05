#include "core/output/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

#include "core/runtime/duration.h"
#include "core/runtime/error.h"
#include "core/runtime/spelling.h"
#include "core/runtime/text.h"

namespace mscomm {
namespace {

template <class Number>
void append_number(std::string& out, Number number) {
  // 24 characters hold the shortest form of every double and every 64-bit integer.
  char text[32];
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), number);
  out.append(text, end);
}

void append_string(std::string& out, std::string_view text, TextForm form, const Pause& pause) {
  in_pieces(text, pause, [&](auto piece) {
    if (form == TextForm::exact) {
      out += piece;
    } else if (form == TextForm::visible) {
      append_visible(out, piece);
    } else {
      out += in_one_line(piece);
    }
  });
}

std::string list_of(std::span<const std::string_view> names) {
  std::string list;
  for (const auto name : names) {
    list += list.empty() ? "" : ", ";
    list += name;
    list += name.ends_with('.') ? "NAME" : "";
  }
  return list;
}

struct OtherName {
  std::string_view said;
  std::string_view field;
};

// What curl's --write-out and other tools call a field, besides misspelt names.
constexpr auto kOtherNames = std::to_array<OtherName>({
    {"http_code", "status"},
    {"response_code", "status"},
    {"status_code", "status"},
    {"code", "status"},
    {"time_total", "total_ms"},
    {"time", "total_ms"},
    {"duration", "total_ms"},
    {"response_time", "total_ms"},
    {"latency", "total_ms"},
    {"time_namelookup", "dns_ms"},
    {"time_connect", "connect_ms"},
    {"time_appconnect", "tls_ms"},
    {"time_starttransfer", "first_byte_ms"},
    {"ttfb", "first_byte_ms"},
    {"size_download", "body_bytes"},
    {"size", "body_bytes"},
    {"length", "body_bytes"},
    {"url_effective", "url"},
    {"num_redirects", "redirects"},
    {"remote_ip", "remote"},
    {"errormsg", "error"},
    {"exitcode", "outcome"},
    {"content_type", "headers.content-type"},
    {"payload", "body"},
    {"message", "body"},
    {"value", "body"},
    {"data", "body"},
    {"key", "routing_key"},
    {"topic", "routing_key"},
    {"id", "message_id"},
});

// The field that was probably meant; empty when nothing is near.
std::string meant(std::string_view name, std::span<const std::string> candidates) {
  for (const auto& other : kOtherNames) {
    const auto is_field = [&other](const std::string& field) {
      return field == other.field || (field.ends_with('.') && other.field.starts_with(field));
    };
    if (name == other.said && std::ranges::any_of(candidates, is_field)) {
      return std::string(other.field);
    }
  }
  return nearest(name, candidates);
}

// "json.id", "body.items[0]"
bool is_part_of_body(std::string_view name) {
  return name.starts_with("json.") || name.starts_with("body.");
}

[[noreturn]] void refuse_name(std::string_view name, std::span<const std::string_view> names) {
  const auto dot = name.find('.');
  std::vector<std::string> candidates;
  for (const auto each : names) {
    candidates.emplace_back(each);
    if (each.ends_with('.') && dot != std::string_view::npos) {
      candidates.back() += name.substr(dot + 1);
    }
  }
  const auto near = meant(name, candidates);
  throw Error(
      Exit::usage, fmt::format("--format: there is no field '{}'", name),
      is_part_of_body(name)
          ? fmt::format("--jq '.{}' prints a part of the body", name.substr(name.find('.') + 1))
          : fmt::format("{}the fields are: {}",
                        near.empty() ? "" : fmt::format("did you mean '{}'? ", near),
                        list_of(names)));
}

[[noreturn]] void refuse_brace(std::string_view format, std::size_t position) {
  throw Error(
      Exit::usage,
      fmt::format("--format: the brace at character {} of '{}' stands alone", position + 1, format),
      "a field is {name}; {{ and }} stand for the braces themselves");
}

FormatPiece field_piece(std::string_view name, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].ends_with('.')) {
      if (name.size() > names[i].size() && name.starts_with(names[i])) {
        return {std::string(name.substr(names[i].size())), i};
      }
    } else if (names[i] == name) {
      return {{}, i};
    }
  }
  refuse_name(name, names);
}

}  // namespace

void append_quoted_body(std::string& out, std::string_view body, const Pause& pause) {
  LineQuoter quoter(out, kQuoted);
  in_pieces(body, pause, [&quoter](auto piece) { quoter.append(piece); });
  quoter.end();
}

void append_text(std::string& out, const Value& value, TextForm form, const Pause& pause) {
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, bool>) {
          out += held ? "true" : "false";
        } else if constexpr (std::is_arithmetic_v<Held>) {
          append_number(out, held);
        } else if constexpr (std::is_same_v<Held, WallTime>) {
          append_rfc3339(out, held);
        } else if constexpr (std::is_same_v<Held, Bytes>) {
          append_string(out, held.bytes, form, pause);
        } else if constexpr (std::is_same_v<Held, Base64>) {
          in_pieces_of_bytes(held.bytes, pause, [&out](auto piece) { append_base64(out, piece); });
        } else if constexpr (std::is_same_v<Held, JsonValue>) {
          JsonWriter json(out, pause);
          held.write(json, held.of);
        } else if constexpr (!std::is_same_v<Held, std::monostate>) {
          append_string(out, held, form, pause);
        }
      },
      value);
}

void write_member(JsonWriter& json, std::string_view name, const Value& value) {
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, Bytes>) {
          json.bytes_member(name, held.bytes);
        } else if constexpr (std::is_same_v<Held, Base64>) {
          json.plain_key(name).base64(held.bytes);
        } else if constexpr (std::is_same_v<Held, JsonValue>) {
          held.write(json.plain_key(name), held.of);
        } else if constexpr (!std::is_same_v<Held, std::monostate>) {
          json.plain_key(name).value(held);
        }
      },
      value);
}

void refuse_member(std::string_view family, std::string_view member, std::string_view help) {
  throw Error(Exit::usage, fmt::format("--format: there is no field '{}{}'", family, member),
              fmt::format("{}NAME is {}", family, help));
}

std::vector<FormatPiece> compile_format(std::string_view format,
                                        std::span<const std::string_view> names) {
  std::vector<FormatPiece> pieces;
  std::string literal;
  const auto end_literal = [&] {
    if (!literal.empty()) {
      pieces.push_back({unescape(literal, "--format"), FormatPiece::kLiteral});
      literal.clear();
    }
  };
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (i + 1 < format.size() && format[i + 1] == c) {
      literal += c;
      ++i;
      continue;
    }
    const auto close = c == '{' ? format.find_first_of("{}", i + 1) : std::string_view::npos;
    if (close == std::string_view::npos || format[close] == '{') {
      refuse_brace(format, i);
    }
    end_literal();
    pieces.push_back(field_piece(format.substr(i + 1, close - i - 1), names));
    i = close;
  }
  end_literal();
  return pieces;
}

}  // namespace mscomm
