// Which bodies, statuses and headers keep an OpenAPI description, of 3.0 and of 3.1.

#include <gtest/gtest.h>

#include "unit/contract/openapi_fixture.h"

namespace mscomm {
namespace {

using test::ApiFixture;
using testing::ElementsAre;
using testing::IsEmpty;

struct MessageRow {
  const char* name;
  const char* versions;
  const char* described;  // a request body object, or the responses object
  const char* message;    // headers and body of a POST; or a response
  std::vector<std::string> expected;
};

// NOLINTNEXTLINE(readability-identifier-naming): googletest's name.
void PrintTo(const MessageRow& row, std::ostream* out) { *out << row.described; }

class OpenApiRequestBody : public testing::TestWithParam<MessageRow> {};

TEST_P(OpenApiRequestBody, IsJudged) {
  const auto& row = GetParam();
  for (const auto& version : test::versions_of(row.versions)) {
    const ApiFixture api(version, "paths: {/a: {post: {" + std::string(row.described) +
                                      " responses: {200: {description: a}}}}}");
    EXPECT_EQ(test::without_places(api.of_request(std::string("POST /a") + row.message)),
              row.expected)
        << version;
  }
}

const std::vector<MessageRow> request_rows{
    {"Required",
     "both",
     "requestBody: {required: true, content: {application/json: {}}},",
     "",
     {"request body is required"}},
    {"Optional", "both", "requestBody: {content: {application/json: {}}},", "", {}},
    {"NotDescribed",
     "both",
     "",
     "\nContent-Type: text/plain\n\nx",
     {"request body is not described for POST /a"}},
    {"NotDescribedAndEmpty", "both", "", "\nContent-Type: text/plain\n\n", {}},
    {"OfAnotherType",
     "both",
     "requestBody: {content: {application/json: {}, 'text/*': {}}},",
     "\nContent-Type: application/xml\n\n<a/>",
     {"request body: the media type 'application/xml' is not described (application/json, "
      "text/*)"}},
    {"WithoutAType",
     "both",
     "requestBody: {content: {application/json: {}}},",
     "\n\n{}",
     {"request body has no Content-Type (application/json)"}},
    {"IsNotJson",
     "both",
     "requestBody: {content: {application/json: {}}},",
     "\nContent-Type: application/json\n\n{",
     {"request body is not JSON"}},
    {"Schema",
     "both",
     "requestBody: {content: {application/json: {schema: {type: object, required: [a, b], "
     "properties: {a: {type: string}}}}}},",
     "\nContent-Type: application/json; charset=utf-8\n\n{\"a\": 1}",
     {"request body: the member 'b' is missing", "request body /a: 1 is not a string"}},
    {"FormIsJudgedByItsTypeOnly",
     "both",
     "requestBody: {content: {application/x-www-form-urlencoded: {schema: {type: object, "
     "required: [a]}}}},",
     "\nContent-Type: application/x-www-form-urlencoded\n\nb=1",
     {}},
    {"ReadOnlyIsNotAskedFor",
     "3.0",
     "requestBody: {content: {application/json: {schema: {required: [id, a], properties: {id: "
     "{type: integer, readOnly: true}, a: {}}}}}},",
     "\nContent-Type: application/json\n\n{}",
     {"request body: the member 'a' is missing"}},
    {"ReadOnlyMustNotBeThere",
     "3.0",
     "requestBody: {content: {application/json: {schema: {properties: {id: {type: integer, "
     "readOnly: true}}}}}},",
     "\nContent-Type: application/json\n\n{\"id\": 1}",
     {"request body: the member 'id' is readOnly: a request must not have it"}},
    {"ReadOnlyThroughAllOf",
     "3.0",
     "requestBody: {content: {application/json: {schema: {required: [id], allOf: [{properties: "
     "{id: {allOf: [{type: integer, readOnly: true}]}}}]}}}},",
     "\nContent-Type: application/json\n\n{}",
     {}},
    {"ReadOnlyInAnotherOfAllOf",
     "3.0",
     "requestBody: {content: {application/json: {schema: {allOf: [{properties: {id: {readOnly: "
     "true}}}, {allOf: [{required: [id, name]}]}]}}}},",
     "\nContent-Type: application/json\n\n{}",
     {"request body: the member 'name' is missing"}},
    {"ReadOnlyInAnotherOfAnyOf",
     "3.0",
     "requestBody: {content: {application/json: {schema: {anyOf: [{properties: {id: {readOnly: "
     "true}}, not: {}}, {required: [id]}]}}}},",
     "\nContent-Type: application/json\n\n{}",
     {"request body: this matches none of the 2 schemas of anyOf (0: this matches what 'not' "
      "excludes; 1: the member 'id' is missing)"}},
    {"ReadOnlyIsARemark",
     "3.1",
     "requestBody: {content: {application/json: {schema: {required: [id], properties: {id: "
     "{readOnly: true}}}}}},",
     "\nContent-Type: application/json\n\n{\"id\": 1}",
     {}},
    {"ReadOnlyDoesNotHideAWriteOnly",
     "3.0",
     "requestBody: {content: {application/json: {schema: {required: [secret], properties: {secret: "
     "{writeOnly: true}}}}}},",
     "\nContent-Type: application/json\n\n{}",
     {"request body: the member 'secret' is missing"}},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiRequestBody, testing::ValuesIn(request_rows),
                         [](const auto& row) { return test::name_of_row(row); });

class OpenApiResponse : public testing::TestWithParam<MessageRow> {};

TEST_P(OpenApiResponse, IsJudged) {
  const auto& row = GetParam();
  for (const auto& version : test::versions_of(row.versions)) {
    const ApiFixture api(version,
                         "paths: {/a: {get: {responses: {" + std::string(row.described) + "}}}}");
    EXPECT_EQ(test::without_places(api.of_response("GET /a", row.message)), row.expected)
        << version;
  }
}

const std::vector<MessageRow> response_rows{
    {"StatusExact", "both", "200: {description: a}", "200", {}},
    {"StatusAsText", "both", "'200': {description: a}", "200", {}},
    {"StatusBeforeRange",
     "both",
     "2XX: {description: a, content: {text/plain: {}}}, 204: {description: a}",
     "204",
     {}},
    {"StatusRange",
     "both",
     "4XX: {description: a}, default: {description: b, content: {a/b: {}}}",
     "418",
     {}},
    {"StatusDefault", "both", "200: {description: a}, default: {description: a}", "500", {}},
    {"StatusNotDescribed",
     "both",
     "200: {description: a}, 3XX: {description: a}",
     "418",
     {"status 418 is not described for GET /a (200, 3XX)"}},
    {"TypeExactBeforeRanges",
     "both",
     "200: {description: a, content: {'*/*': {schema: {type: string}}, application/json: {schema: "
     "{type: integer}}, 'application/*': {schema: {type: 'null'}}}}",
     "200\nContent-Type: application/json\n\n5",
     {}},
    {"TypeRangeOfSuffixes",
     "both",
     "200: {description: a, content: {'application/*': {schema: {type: string}}, "
     "'application/*+json': {schema: {type: integer}}}}",
     "200\nContent-Type: application/problem+json\n\n5",
     {}},
    {"TypeRange",
     "both",
     "200: {description: a, content: {'*/*': {}, 'application/*': {schema: "
     "{type: integer}}}}",
     "200\nContent-Type: application/json\n\ntrue",
     {"response body: true is not an integer"}},
    {"TypeOfAnyKind",
     "both",
     "200: {description: a, content: {'*/*': {schema: {type: integer}}}}",
     "200\nContent-Type: image/png\n\nx",
     {}},
    {"TypeParametersDoNotCount",
     "both",
     "200: {description: a, content: {application/json; charset=utf-8: {schema: {type: integer}}}}",
     "200\nContent-Type: Application/JSON;charset=latin1\n\ntrue",
     {"response body: true is not an integer"}},
    {"TypeParametersChooseAmongTypes",
     "both",
     "200: {description: a, content: {application/json; version=1: {schema: {type: integer}}, "
     "'application/json; VERSION=\"2\";a=b': {schema: {type: string}}}}",
     "200\nContent-Type: application/json;a=b; version=2\n\n1",
     {"response body: 1 is not a string"}},
    {"TypeNotDescribed",
     "both",
     "200: {description: a, content: {application/json: {}}}",
     "200\nContent-Type: text/html\n\n<p>",
     {"response body: the media type 'text/html' is not described (application/json)"}},
    {"TypeWithAStructure",
     "both",
     "200: {description: a, content: {application/hal+json: {schema: {type: integer}}}}",
     "200\nContent-Type: application/hal+json\n\ntrue",
     {"response body: true is not an integer"}},
    {"BodyWithoutAType",
     "both",
     "200: {description: a, content: {application/json: {}}}",
     "200\n\n{}",
     {"response body has no Content-Type (application/json)"}},
    {"BodyWithoutATypeWhereAnyWillDo",
     "both",
     "200: {description: a, content: {application/json: {}, '*/*': {}}}",
     "200\n\nx",
     {}},
    {"BodyMissing",
     "both",
     "200: {description: a, content: {application/json: {}}}",
     "200",
     {"response has no body (application/json)"}},
    {"BodyOfNothingIsNoJson",
     "both",
     "200: {description: a, content: {application/json: {}, text/plain: {}}}",
     "200\nContent-Type: application/json",
     {"response has no body (application/json, text/plain)"}},
    {"BodyOfNothingMayBeText",
     "both",
     "200: {description: a, content: {text/plain: {}}}",
     "200\nContent-Type: text/plain",
     {}},
    {"BodyOfNothingNeedsNoTypeWhereItMayBeText",
     "both",
     "200: {description: a, content: {application/json: {}, text/plain: {}}}",
     "200",
     {}},
    {"BodyOfNothingHasADescribedType",
     "both",
     "200: {description: a, content: {text/plain: {}}}",
     "200\nContent-Type: text/html",
     {"response body: the media type 'text/html' is not described (text/plain)"}},
    {"BodyNotDescribed", "both", "200: {description: a}", "200\nContent-Type: text/plain\n\nx", {}},
    {"BodyMayNotBe", "both", "304: {description: a, content: {application/json: {}}}", "304", {}},
    {"BodyOfTextJsonIsNotJson",
     "both",
     "200: {description: a, content: {text/json: {}}}",
     "200\nContent-Type: text/json\n\nnope",
     {"response body is not JSON"}},
    {"BodyIsNotJson",
     "both",
     "200: {description: a, content: {application/json: {}}}",
     "200\nContent-Type: application/json\n\nnope",
     {"response body is not JSON"}},
    {"AllAreTold",
     "both",
     "200: {description: a, headers: {X-A: {required: true}}, content: {application/json: {schema: "
     "{properties: {items: {items: {properties: {price: {type: number, minimum: 0}}}}}}}}}",
     "200\nContent-Type: application/json\n\n{\"items\": [{\"price\": -1}, {\"price\": \"x\"}]}",
     {"response header X-A is required",
      "response body /items/0/price: -1 is less than the minimum 0",
      "response body /items/1/price: \"x\" is not a number"}},
    {"HeaderSchema",
     "both",
     "200: {description: a, headers: {X-Rate: {schema: {type: integer, maximum: 5}}}}",
     "200\nx-rate: 6",
     {"response header X-Rate: 6 is greater than the maximum 5"}},
    {"HeaderArray",
     "both",
     "200: {description: a, headers: {X-A: {schema: {type: array, items: {type: integer}}}}}",
     "200\nX-A: 1, x",
     {"response header X-A /1: \"x\" is not an integer"}},
    {"HeaderObject",
     "both",
     "200: {description: a, headers: {X-A: {explode: true, schema: {type: object, properties: {R: "
     "{type: integer}}}}}}",
     "200\nX-A: R=1,G=x",
     {}},
    {"HeaderContent",
     "both",
     "200: {description: a, headers: {X-A: {content: {application/json: {schema: {type: "
     "integer}}}}}}",
     "200\nX-A: {}",
     {"response header X-A: {} is not an integer"}},
    {"HeaderContentTypeIsIgnored",
     "both",
     "200: {description: a, headers: {content-type: {required: true, schema: {type: integer}}}}",
     "200",
     {}},
    {"HeaderOptional",
     "both",
     "200: {description: a, headers: {X-A: {schema: {type: integer}}}}",
     "200",
     {}},
    {"WriteOnlyMustNotBeThere",
     "3.0",
     "200: {description: a, content: {application/json: {schema: {required: [secret], properties: "
     "{secret: {type: string, writeOnly: true}}}}}}",
     "200\nContent-Type: application/json\n\n{\"secret\": \"x\"}",
     {"response body: the member 'secret' is writeOnly: a response must not have it"}},
    {"WriteOnlyIsNotAskedFor",
     "3.0",
     "200: {description: a, content: {application/json: {schema: {required: [secret], properties: "
     "{secret: {type: string, writeOnly: true}}}}}}",
     "200\nContent-Type: application/json\n\n{}",
     {}},
    {"Nullable",
     "3.0",
     "200: {description: a, content: {application/json: {schema: {type: string, nullable: true}}}}",
     "200\nContent-Type: application/json\n\nnull",
     {}},
    {"NullableIsNot31",
     "3.1",
     "200: {description: a, content: {application/json: {schema: {type: string, nullable: true}}}}",
     "200\nContent-Type: application/json\n\nnull",
     {"response body: null is not a string"}},
    {"ConstIsNot30",
     "3.0",
     "200: {description: a, content: {application/json: {schema: {const: 1}}}}",
     "200\nContent-Type: application/json\n\n2",
     {}},
    {"Const",
     "3.1",
     "200: {description: a, content: {application/json: {schema: {const: 1}}}}",
     "200\nContent-Type: application/json\n\n2",
     {"response body: 2 is not 1"}},
    {"SchemaOfTrue",
     "3.1",
     "200: {description: a, content: {application/json: {schema: true}}}",
     "200\nContent-Type: application/json\n\n2",
     {}},
    {"SchemaOfFalse",
     "3.1",
     "200: {description: a, content: {application/json: {schema: false}}}",
     "200\nContent-Type: application/json\n\n2",
     {"response body: no value is allowed here"}},
};

INSTANTIATE_TEST_SUITE_P(All, OpenApiResponse, testing::ValuesIn(response_rows),
                         [](const auto& row) { return test::name_of_row(row); });

TEST(OpenApiResponses, HavePlacesInBodyAndDescription) {
  const ApiFixture api("3.0.3", R"(
paths: {/a: {get: {responses: {200: {$ref: '#/components/responses/Ok'}}}}}
components:
  responses:
    Ok: {description: a, headers: {X-A: {$ref: '#/components/headers/A'}},
         content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}
  headers: {A: {required: true, schema: {}}}
  schemas: {Item: {properties: {price: {type: number, minimum: 0}}}}
)");
  EXPECT_THAT(api.of_response("GET /a", "200\nContent-Type: application/json\n\n{\"price\": -1}"),
              ElementsAre("response header X-A is required (#/components/headers/A)",
                          "response body /price: -1 is less than the minimum 0 "
                          "(#/components/schemas/Item/properties/price/minimum)"));
}

TEST(OpenApiResponses, CannotDriveATerminal) {
  const ApiFixture api("3.0.3",
                       "paths: {/a: {get: {responses: {200: {description: a, content: "
                       "{\"a/\\e]x\": {}}}}}}}");
  EXPECT_THAT(test::without_places(api.of_response("GET /a", "200\n\nx")),
              ElementsAre("response body has no Content-Type (a/\\x1b]x)"));
  const ApiFixture typed("3.0.3",
                         "paths: {/a: {get: {responses: {200: {description: a, content: {a/b: "
                         "{}}}}}}}");
  EXPECT_THAT(test::without_places(typed.of_response("GET /a", "200\nContent-Type: x\x1b[0m\n\nx")),
              ElementsAre("response body: the media type 'x\\x1b[0m' is not described (a/b)"));
}

TEST(OpenApiResponses, CannotMakeLines) {
  const ApiFixture api("3.0.3",
                       "paths: {/a: {get: {responses: {200: {description: a, content: "
                       "{application/json: {schema: {additionalProperties: {type: integer}, "
                       "properties: {\"b\\nc\": {type: string}}}}}}}}}}");
  EXPECT_THAT(api.of_response("GET /a",
                              "200\nContent-Type: application/json\n\n"
                              R"({"x\nmscomm: forged": "\n", "b\nc": 1})"),
              ElementsAre(testing::AllOf(testing::HasSubstr(R"(/x\nmscomm: forged: "\n" is not)"),
                                         testing::Not(testing::HasSubstr("\n"))),
                          testing::Not(testing::HasSubstr("\n"))));
}

}  // namespace
}  // namespace mscomm
