#include "core/contract/openapi_operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/output/json_text.h"
#include "core/runtime/ascii.h"
#include "core/runtime/text.h"
#include "core/runtime/uri.h"

namespace mscomm {
namespace {

// Joins the header lines of one name: they are parts of one list (RFC 9110 section 5.3).
ApiFields joined_header(const ApiHeaders& headers, const std::string& name) {
  ApiFields joined;
  for (const auto& [each, value] : headers) {
    if (!same_ascii(each, name)) {
      continue;
    }
    if (joined.empty()) {
      joined.emplace_back(name, value);
    } else {
      joined.front().second += ", " + value;
    }
  }
  return joined;
}

std::string header_of(const ApiHeaders& headers, const std::string& name) {
  const auto joined = joined_header(headers, name);
  return joined.empty() ? std::string() : joined.front().second;
}

bool is_same_parameter(const ApiStyle& a, const ApiStyle& b) {
  return a.in == b.in && (a.in == "header" ? same_ascii(a.name, b.name) : a.name == b.name);
}

// "200", "2XX", "default"
bool is_response_key(std::string_view key) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return key == "default" ||
         (key.size() == 3 && is_digit(key[0]) &&
          ((is_digit(key[1]) && is_digit(key[2])) || same_ascii(key.substr(1), "XX")));
}

// RFC 9110 sections 6.4.1, 15.
bool may_have_body(const std::string& method, int status) {
  return method != "HEAD" && status >= 200 && status != 204 && status != 304;
}

void check_content(const ApiContent& content, const ApiResponse& response, ApiReport& report) {
  const auto type = header_of(response.headers, "content-type");
  if (response.body.empty() && (type.empty() ? content.is_all_json() : is_json_type(type))) {
    report.add(fmt::format("response has no body ({})", content.names()), content.node());
  } else if (!response.body.empty() || !type.empty()) {
    content.check("response body", type, response.body, report);
  }
}

}  // namespace

ApiOperation::ApiOperation(ApiDocument& document, const ApiMatch& match)
    : title_(match.title()), node_(*match.operation) {
  add_parameters(document, match);
  add_body(document);
  add_responses(document);
}

void ApiOperation::add_parameters(ApiDocument& document, const ApiMatch& match) {
  auto owners = match.items;
  owners.insert(owners.begin(), node_);  // the operation overrides its path item
  for (const auto& owner : owners) {
    const auto list = owner.find("parameters");
    for (const auto& node : list ? list->require_list().children() : std::vector<DocumentNode>()) {
      auto parameter = ApiParameter::of_request(document, node);
      const bool is_known = std::ranges::any_of(parameters_, [&](const auto& other) {
        return is_same_parameter(parameter.style(), other.style());
      });
      if (is_known || parameter.is_ignored()) {
        continue;
      }
      if (parameter.style().in == "path" &&
          std::ranges::find(match.values, parameter.style().name,
                            &PathTemplate::Values::value_type::first) == match.values.end()) {
        parameter.node().refuse(fmt::format("the path {} has no parameter '{}'",
                                            visible(match.path), visible(parameter.style().name)));
      }
      parameters_.push_back(std::move(parameter));
    }
  }
}

void ApiOperation::add_body(ApiDocument& document) {
  const auto member = node_.find("requestBody");
  if (!member) {
    return;
  }
  const auto body = document.follow_to(*member, "requestBodies");
  const auto content = body.find("content");
  if (!content) {
    body.refuse("a request body needs the member 'content'");
  }
  body_.emplace(
      Body{body, body.flag("required"), ApiContent(document, *content, SchemaUse::request)});
}

// OpenAPI 3.0.3 section 4.7.10.1 wants responses, 3.1 does not; both want one in what there is.
void ApiOperation::add_responses(ApiDocument& document) {
  const auto responses = node_.find("responses");
  if (!responses && document.is_3_0()) {
    node_.refuse("an operation needs the member 'responses'");
  }
  for (const auto& each :
       responses ? responses->require_object().children() : std::vector<DocumentNode>()) {
    if (!each.name().starts_with("x-")) {
      add_response(document, each);
    }
  }
  if (responses && responses_.empty()) {
    responses->refuse("there is no response in it");
  }
}

void ApiOperation::add_response(ApiDocument& document, const DocumentNode& named) {
  if (!is_response_key(named.name())) {
    named.refuse("a response is for a status, such as 200 or 2XX, or the default");
  }
  const auto node = document.follow_to(named, "responses");
  auto& response = responses_.emplace_back(Response{named.name(), node, {}, std::nullopt});
  const auto headers = node.find("headers");
  for (const auto& header :
       headers ? headers->require_object().children() : std::vector<DocumentNode>()) {
    auto parameter = ApiParameter::of_response(document, header, header.name());
    if (!parameter.is_ignored()) {
      response.headers.push_back(std::move(parameter));
    }
  }
  if (const auto content = node.find("content")) {
    response.content.emplace(document, *content, SchemaUse::response);
  }
}

void ApiOperation::check_request(const ApiRequest& request, const PathTemplate::Values& values,
                                 ApiReport& report) const {
  const auto claimed = [this](std::string_view name) {
    return std::ranges::any_of(parameters_, [name](const auto& parameter) {
      return parameter.style().in == "query" && parameter.style().name == name;
    });
  };
  const auto query = fields_of(split_uri(request.url).query.value_or(""), '&');
  const auto cookies = fields_of(header_of(request.headers, "cookie"), ';');
  for (const auto& parameter : parameters_) {
    const auto& [in, name, style, explode] = parameter.style();
    const auto fields = in == "query"    ? query
                        : in == "cookie" ? cookies
                        : in == "path"   ? values
                                         : joined_header(request.headers, name);
    parameter.check(fields, claimed, report);
  }
  check_body(request, report);
}

void ApiOperation::check_body(const ApiRequest& request, ApiReport& report) const {
  if (!body_) {
    if (request.body && !request.body->empty()) {
      report.add(fmt::format("request body is not described for {}", title_), node_);
    }
  } else if (!request.body) {
    if (body_->is_required) {
      report.add("request body is required", body_->node);
    }
  } else {
    body_->content.check("request body", header_of(request.headers, "content-type"), *request.body,
                         report);
  }
}

const ApiOperation::Response* ApiOperation::choose(int status) const {
  const auto exact = std::to_string(status);
  const auto range = exact.substr(0, 1) + "XX";
  for (const auto& key : {exact, range, std::string("default")}) {
    const auto found = std::ranges::find_if(
        responses_, [&key](const auto& each) { return same_ascii(each.key, key); });
    if (found != responses_.end()) {
      return &*found;
    }
  }
  return nullptr;
}

void ApiOperation::check_response(const std::string& method, const ApiResponse& response,
                                  ApiReport& report) const {
  const auto* const described = choose(response.status);
  if (described == nullptr) {
    std::vector<std::string> keys;
    for (const auto& each : responses_) {
      keys.push_back(visible(each.key));
    }
    return report.add(
        fmt::format("status {} is not described for {} ({})", response.status, title_,
                    keys.empty() ? "none is" : fmt::format("{}", fmt::join(keys, ", "))),
        node_);
  }
  for (const auto& header : described->headers) {
    header.check(joined_header(response.headers, header.style().name), {}, report);
  }
  if (!may_have_body(method, response.status)) {
    return;
  }
  // "content" is optional; most descriptions leave it out for error responses.
  if (described->content && !described->content->is_empty()) {
    check_content(*described->content, response, report);
  }
}

}  // namespace mscomm
