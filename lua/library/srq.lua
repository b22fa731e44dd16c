---@meta srq
-- This file describes what `require "srq"` gives, for editors that read LuaCATS annotations. It is never run.

---This is how far a long call is.
---@class srq.Progress
---@field stage "calibrate"|"finetune"|"evaluate"|"upscale" what is being done
---@field detail string the epoch's parameter group, or the image's name; "" if there is none
---@field epoch integer the epoch while finetuning, from 1; else 0
---@field done integer the steps that are finished
---@field total integer all steps of the call
---@field loss? number the loss of the step just done, while finetuning
---@field seconds number the time since the call began

---Returning false cancels the call, which then raises an error; so do an error in the function and Ctrl-C.
---Without a function a bar is shown on a terminal, and lines in a pipe (both on stderr); `false` silences them.
---@alias srq.ProgressFunction fun(progress: srq.Progress): boolean?

---A layer is one convolution. Bits are 32 and the ranges nil on a side that stays float.
---@class srq.Layer
---@field name string the checkpoint's key without ".weight"
---@field role "edge"|"body"|"bodyEnd"
---@field inputs integer its input channels
---@field outputs integer its output channels
---@field kernel integer the side of its kernel
---@field weight_bits integer the bits of its weights
---@field activation_bits integer the bits of its input
---@field quantizer? string the quantizer of the activations
---@field lower? number where the clipping range of the layer's input begins
---@field upper? number where it ends
---@field breakpoint? number the breakpoint; nil where the quantizer has none
---@field weight_bound? number the bound ± to which weights are clipped
---@field deviation? number the mean standard deviation of the layer's output while calibrating
---@field parameters integer how many weights and biases it has
---@field resolution integer how many times the layer's output is wider and higher than the network's input
---@field weight_parameters? integer how many numbers the weight ranges are: 1 or 2, for all weights or each output channel
---@field measure? number AdaBM's m, whose rounding `activation_bits` includes; nil where bits do not depend on the image
---@field in_float? string why a quantized layer of a snapped model computes in float all the same; nil for all others
---@field arithmetic? string how a snapped model does so: "winograd", "wide" (16 bits), "gaussian", "narrow", "narrow 24" (bytes), …
---@field arithmetic_reason? string why no faster way is exact for the layer; nil where there is none
---@field input_scales? integer how many channels of the input have a scale; nil where they have none. Ranges are behind the scales
---@field smallest_input_scale? number the smallest of these scales, the largest being 1

---These options say what a checkpoint cannot say about its network.
---@class srq.LoadOptions
---@field res_scale? number the factor of EDSR's residual branches; default 0.1 for 256 channels × 32 blocks, else 1
---@field tanh? boolean whether the output of SRResNet is (tanh(y) + 1) · 127.5; default false
---@field range? number the value of white as the network sees it, 1 or 255; default: what the tensor names imply

---@class srq.SessionOptions
---@field threads? integer how many threads work on one image; default one per processor; never changes the output
---@field precision? "f32"|"bf16" the arithmetic of layers that are not quantized; default "f32"; "bf16" needs AVX512_BF16
---@field alpha? "bicubic"|"network" how alpha is enlarged; "network" does it where alpha changes; default "bicubic"
---@field arithmetic? "gaussian"|"winograd"|"narrow"|"wide" how all layers in whole numbers are computed; default: the fastest way

---@class srq.UpscaleOptions: srq.SessionOptions
---@field progress? srq.ProgressFunction|false where the progress of files and folders goes
---@field keep_going? boolean whether images of a folder that cannot be read are no error; default false

---@class srq.ImagesOptions
---@field count? integer how many patches; default 100
---@field patch? integer the side of a patch in pixels; default 96
---@field seed? integer the seed of the positions; default 1
---@field keep_going? boolean whether files that cannot be read are left out, as if they were not there; default false

---@class srq.CalibrationOptions
---@field weights? integer the bits of weights, 2…8; default 4
---@field activations? integer the bits of activations, 2…8, for piecewise linear ones from 3; default 4
---@field quantizer? "minmax"|"percentile"|"mse"|"uniform"|"codebook"|"ptq4sr"|"plq"|"plq-offset"|"plq-one-sided"|"adabm" of inputs
---@field protocol? "full"|"body" "full" (default) has the edges at 8 bits; with "body" edges and body end stay float
---@field breakpoint? "percentile"|"search" how the breakpoint is found; default "percentile"
---@field batch? integer how many images lie between two updates of the moving averages; default 16
---@field momentum? number the momentum of the moving averages; default 0.9
---@field percentile? number the percentile of |x| at which the breakpoint starts; default 99
---@field per_channel? boolean whether each output channel has a weight range of its own; default false
---@field weight_range? "max"|"percentile"|"percentile-signed"|"mse"|"mse-signed"|"minmax"|"minmax-clipped" default: the quantizer's
---@field range_percentile? number the percentile of the quantizer and the weight range "percentile"; default 99: from P1 to P99
---@field clipped_share? number the share of a batch's values that "ptq4sr" may clip; default 1e-4
---@field clipped_share_8bit? number the same share in layers of 8 bits; default 1e-5
---@field input_scales? "none"|"max"|"power" what input channels are divided by: their largest |x|, a power of it; default "none"
---@field scale_power? number the exponent of input scales "power", 0…1; default 0.5
---@field equalisation? "none"|"weights"|"activations" what is made equal between a residual block's convolutions; default "none"
---@field bias_correction? boolean whether biases take back what rounding adds to the mean of each layer's results; default false
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---Several groups are trained at once with + between their names, as in "weights+range+biases".
---@alias srq.ParameterGroup "weights"|"range"|"breakpoint"|"measures"|"latent"|"biases"|"rounding"|string

---@class srq.LearningRates
---@field weights? number the rate of weight ranges
---@field range? number the rate of clipping ranges
---@field breakpoint? number the rate of breakpoints
---@field measures? number the rate of AdaBM's m of the layers
---@field latent? number the rate of the network's weights, where they are free; default 0.0001
---@field biases? number the rate of the network's biases
---@field rounding? number the rate of AdaRound's V, where rounding is learned; default 0.01
---@field image? number the rate of AdaBM's image thresholds

---@class srq.LossTerms
---@field reconstruction? boolean whether the reconstruction loss takes part; default true
---@field sensitivity? boolean whether the sensitivity-aware loss takes part; default: true for "saft", else false
---@field attention? number the weight of PTQ4SR's distance of attention maps; default 0, as in its released code; 5 in its paper

---@class srq.FinetuneOptions
---@field method? "saft"|"vft"|"ptq4sr"|"adabm"|"srq" the method whose settings become the other options' defaults; default "saft"
---@field lambda? number the weight of the reconstruction loss; default 5
---@field epochs? integer how many epochs; default 10
---@field batch? integer how many images a step takes; default 2
---@field lr? number|srq.LearningRates the learning rate, or one for each group; default 0.001
---@field schedule? "decay"|"cosine" how learning rates fall: "cosine" over all steps of a group to `decay` times; default "decay"
---@field decay? number the factor of a group's learning rate after each of its epochs; default 0.9
---@field cycle? srq.ParameterGroup[]|string the groups that epochs train in turn; default {"weights", "range", "breakpoint"}
---@field terms? srq.LossTerms which losses take part
---@field temperature? number the temperature of the softmax over layer sensitivities; default 1
---@field relative? boolean whether factors of the parameters are learnt instead of the parameters; default false
---@field snapping? boolean whether activation levels lie on the integer grids of `quantize` while training; default false
---@field integers? boolean `snapping` in whole numbers, with gradients of nine bits: two to three times as fast; default false
---@field student? "frozen"|"rounding"|"free" what becomes of the network's own weights; default "frozen"
---@field patch? integer the side of the patches that every step draws from its images; default 0, whole images
---@field drop? number the share of activations that every step leaves unquantized at random; default 0
---@field seed? integer the seed of the order of images; default 1
---@field state? string the file where the state is saved every epoch and resumed from
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---@class srq.Bits
---@field weights? integer the bits of weights, 2…8, or 32 for float; left as they are without it
---@field activations? integer the bits of activations, in the same way

---@class srq.HistogramOptions
---@field pattern? string a pattern of layer names, with * and ?; default "*"
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---A histogram shows what enters one layer of the float network.
---@class srq.Histogram
---@field name string the layer's name
---@field counts integer[] how many numbers lie in each of 2048 equal bins from lower to upper
---@field count integer how many numbers there are
---@field lower number the smallest number
---@field upper number the largest number
---@field mean number their mean
---@field deviation number their standard deviation
---@field skewness number the third central moment / deviation³
---@field signal_to_noise? number the ratio of signal to noise of the layer's activation quantizer, in dB

---@class srq.EvaluationOptions
---@field shave? integer how many pixels are cropped at each side; default the scale
---@field patch? integer the side of the low resolution patches of a patch test; default 0, whole images
---@field patch_step? integer how far it is from one patch to the next; default as far as the patch is long
---@field keep_going? boolean whether images that are missing, damaged or of the wrong size are skipped; default false
---@field output? string the folder where the upscaled images are written
---@field threads? integer
---@field precision? "f32"|"bf16" the arithmetic of layers that are not quantized, as of a session
---@field alpha? "bicubic"|"network" how the alpha of images that are written is enlarged, as of a session
---@field progress? srq.ProgressFunction|false

---@class srq.Score
---@field name string the name of the image's file
---@field psnr number the PSNR on luma, in dB
---@field ssim? number the SSIM in MATLAB's reading: valid windows only, luma with the offset of 16; nil if too small
---@field ssim_replicate number the SSIM of the paper's code: a map of the same size, replicated borders, luma without the offset
---@field bits number the mean activation bits of the layers below 8 bits, which may depend on the image; 32 for a float model

---An evaluation has the means over a folder; `name` is the folder's.
---@class srq.Evaluation: srq.Score
---@field fab number AdaBM's feature average bits, the same as `bits`
---@field images srq.Score[] the score of each image
---@field skipped {name: string, reason: string}[] what was left out of everything else
---@field without_ssim string[] the images that are too small for the window of `ssim`, whose mean leaves them out

---These are patches of low resolution images in memory. `#images` is how many.
---@class srq.Images
---@field count integer how many patches there are
---@field skipped {name: string, reason: string}[] the files that were left out
local Images = {}

function Images:close() end

---A model is a network with its weights, float or quantized. It never changes.
---@class srq.Model
---@field architecture string "EDSR", "SRResNet", "RDN", …
---@field scale integer how many times wider the output is than the input
---@field parameters integer how many parameters the network has
---@field quantized boolean whether it is quantized
---@field snapped boolean whether activations lie on integer grids and layers compute in whole numbers where they can
---@field recipe? string how it was calibrated and finetuned, in JSON; nil for a float model
local Model = {}

---Returns the recipe as a table; nil for a float model.
---@return table?
function Model:recipe_table() end

---@return srq.Layer[] the layers in the order in which they run
function Model:layers() end

---@param width integer
---@param height integer
---@return integer width, integer height
function Model:output_size(width, height) end

---Writes a .srq file with graph, weights, recipe and a checksum. It is written beside its place and renamed, so that it is there
---whole or not at all.
---@param path string
function Model:save(path) end

---Returns the model with its levels on integer grids, for one that was frozen without.
---@return srq.Model
function Model:snap() end

---Writes the float weights under their checkpoint names as .safetensors. Its metadata keeps `res_scale`, `tanh` and `range`, which
---`srq.load` reads where its own options do not say them.
---@param path string
function Model:export(path) end

---A file becomes a file (or goes into an existing folder), a folder of PNGs fills a folder, an image in memory gives an image
---(the second argument is then the options). For paths the result is the number of files written. Of a folder, every image that
---can be read is upscaled, and those that cannot be are the second result; without `keep_going` they are an error afterwards.
---@param input string
---@param output string
---@param options? srq.UpscaleOptions
---@return integer written, {name: string, reason: string}[] skipped
---@overload fun(self: srq.Model, image: srq.Image, options?: srq.SessionOptions): srq.Image
function Model:upscale(input, output, options) end

---Returns a session, the scratch memory to upscale many images with.
---@param options? srq.SessionOptions
---@return srq.Session
function Model:session(options) end

---Runs the network over the images and sets every range and breakpoint.
---@param images srq.Images
---@param options? srq.CalibrationOptions
---@return srq.Quantization
function Model:calibrate(images, options) end

---@class srq.PtqOptions
---@field preset? "paper"|"srq" what the network is calibrated and finetuned with; default "srq"
---@field weights? integer the bits of the weights, 2...8; default 4
---@field activations? integer the bits of the activations, 2...8; default 4
---@field protocol? "full"|"body" default "full"
---@field steps? integer the steps of finetuning at least, in whole epochs; default what the preset has
---@field seed? integer the seed of everything that is drawn at random; default 1
---@field snapping? boolean whether the model runs in integers; default true
---@field state? string the file where finetuning is saved after every epoch, and from which it goes on
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---Calibrates, finetunes and freezes in one call, from unlabelled patches alone.
---@param images srq.Images
---@param options? srq.PtqOptions
---@return srq.Model
function Model:ptq(images, options) end

---Returns what srq.evaluate returns.
---@param folder string
---@param options? srq.EvaluationOptions
---@return srq.Evaluation
function Model:evaluate(folder, options) end

function Model:close() end

---@class srq.Session
local Session = {}

---@class srq.UpscalingOptions
---@field progress? srq.ProgressFunction|false is called from layer to layer, with thousandths of the image

---@param input string
---@param output string
---@param options? srq.UpscalingOptions
---@overload fun(self: srq.Session, image: srq.Image, options?: srq.UpscalingOptions): srq.Image
function Session:upscale(input, output, options) end

function Session:close() end

---A quantization is a network with quantizers on its layers that can still be changed.
---@class srq.Quantization
local Quantization = {}

---Sets the bits of every calibrated layer whose name matches; no match is an error. Ranges stay, but a side that comes back
---from float has those of calibration again.
---@param pattern string a pattern of layer names, with * and ?
---@param bits srq.Bits
function Quantization:bits(pattern, bits) end

---Gives one layer these activation levels: each activation becomes the nearest of them.
---@param layer string
---@param levels number[] the levels, ascending, at most 2^bits
function Quantization:set_levels(layer, levels) end

---Returns what enters the layers while the float network runs over the images, which it does twice.
---@param images srq.Images
---@param options? srq.HistogramOptions
---@return srq.Histogram[]
function Quantization:histograms(images, options) end

---Sets levels by a quantizer that is written in Lua: the function returns the levels of each layer that matches.
---@param pattern string a pattern of layer names, with * and ?
---@param images srq.Images
---@param choose fun(histogram: srq.Histogram, bits: integer, layer: srq.Layer): number[]
---@param options? srq.HistogramOptions
---@return srq.Quantization self
function Quantization:levels(pattern, images, choose, options) end

---@return srq.Layer[]
function Quantization:layers() end

---Trains clipping ranges and breakpoints against the float network. After an error or a cancel everything is as before.
---@param images srq.Images
---@param options? srq.FinetuneOptions
---@return srq.Quantization self
function Quantization:finetune(images, options) end

---Returns what the last finetuning run took, over all the calls that it was made in; nil before the first one. `resumed` is how
---many of its epochs were read from a state, and `seconds` counts those as well.
---@return {epochs: integer, resumed: integer, seconds: number}?
function Quantization:finetuning() end

---@class srq.FreezingOptions
---@field snapping? boolean whether activation levels move to integer grids, so that the model runs in integers; default true

---Returns a frozen model.
---@param options? srq.FreezingOptions
---@return srq.Model
function Quantization:quantize(options) end

---@class srq.SnappingCost
---@field free number the mean PSNR in dB with levels where the method has put them
---@field snapped number the same with levels on integer grids
---@field cost number the difference in dB, free minus snapped; below 0 where grids happen to be better

---Returns what moving levels to integer grids costs on a folder of images.
---@param folder string
---@param options? srq.EvaluationOptions
---@return srq.SnappingCost
function Quantization:snapping_cost(folder, options) end

function Quantization:close() end

---@alias srq.PixelFormat "gray"|"gray_alpha"|"rgb"|"rgba"|"bgr"|"bgra"
---@alias srq.PixelType "uint8"|"uint16"|"float32"

---@class srq.Image
---@field width integer
---@field height integer
---@field format srq.PixelFormat
---@field type srq.PixelType
local Image = {}

---Writes a PNG; float images become 16 bit.
---@param path string
function Image:write(path) end

---Returns the image in another size, by bicubic resizing as in MATLAB's imresize.
---@param width integer
---@param height integer
---@return srq.Image
function Image:resize(width, height) end

---@param reference srq.Image an image of the same size
---@param options? {shave?: integer}
---@return {psnr: number, ssim: number, ssim_replicate: number}
function Image:compare(reference, options) end

---@param x integer where the part begins on the left, from 0
---@param y integer where it begins at the top, from 0
---@param width integer
---@param height integer
---@return srq.Image
function Image:crop(x, y, width, height) end

---@param x integer the column, from 0
---@param y integer the row, from 0
---@param channel integer the channel, from 1
---@return number sample the value, 0…255, 0…65535 or 0…1
function Image:get(x, y, channel) end

---@param x integer
---@param y integer
---@param channel integer
---@param value number
function Image:set(x, y, channel, value) end

function Image:close() end

---@class srq
---@field version string
local srq = {}

---Returns 16 hexadecimal digits that differ from build to build of the library, for scripts that keep results; "" if unknown.
---@return string
function srq.build() end

---Loads a PyTorch state dict, a .safetensors file or a saved .srq model. Lua's `warn` is told of a network that is unlikely to be
---what its options say (an SRResNet without its `tanh`), and, wherever files are read, of PNG faults that change no pixel.
---@param path string
---@param options? srq.LoadOptions
---@return srq.Model
function srq.load(path, options) end

---Reads patches from the PNG files of a folder or of a pattern with * and ?, or from images in memory.
---@param pattern string|srq.Image[]
---@param options? srq.ImagesOptions
---@return srq.Images
function srq.images(pattern, options) end

---@alias srq.OptionOwner "load"|"images"|"calibrate"|"finetune"|"quantize"|"ptq"|"session"|"evaluate"|"histograms"

---@class srq.Option
---@field name string the key; "lr.range" is the key "range" of the table "lr"
---@field field string the field of the C struct and the keyword in Python
---@field type "integer"|"number"|"boolean"|"string"|"list"|"function"
---@field default? any nil where nothing is set
---@field default_text string the default as text, or what happens where nothing is set
---@field minimum? number
---@field maximum? number
---@field minimum_excluded? boolean whether the minimum itself is not allowed
---@field maximum_excluded? boolean
---@field bounds string both bounds as text; "" where there are none
---@field choices? string[] the names that are known
---@field meaning string

---The options of a call, or without an argument the names of the calls that have options.
---@param owner srq.OptionOwner
---@return srq.Option[]
---@overload fun(): srq.OptionOwner[]
function srq.options(owner) end

---@class srq.SensitivityOptions
---@field data? string the folder to score on; without it there is no PSNR
---@field bits? integer the bits of the one layer's activations; default 4
---@field quantizer? string their quantizer; default "minmax"
---@field width? integer the width of the input that BitOPs are for; default 320
---@field height? integer its height; default 180
---@field temperature? number the temperature of the paper's Eq. (4); default 1
---@field threads? integer default one per processor; never changes the result
---@field progress? srq.ProgressFunction|false

---@class srq.LayerSensitivity
---@field layer string
---@field role string
---@field lower number the smallest number of the layer's input
---@field upper number the largest
---@field mean number their mean
---@field deviation number their standard deviation
---@field skewness number their skewness
---@field signal_to_noise number the ratio of signal to quantization noise of the layer's input, in dB
---@field psnr? number the PSNR in dB when this layer alone is quantized
---@field loss? number what that loses against float, in dB
---@field output_deviation number the mean standard deviation of the layer's output
---@field score number the score of the paper's Eq. (4)
---@field parameters integer how many weights and biases the layer has
---@field bitops number its multiply-adds · bits of weights · bits of activations

---@class srq.Sensitivity
---@field layers srq.LayerSensitivity[] the layers in the order in which they run
---@field float? srq.Evaluation the evaluation of the float network, where there is a folder to score on

---Returns how much each layer suffers from quantization. `print` shows a table, `:save(folder)` writes Markdown, HTML and CSV.
---@param network srq.Model
---@param images srq.Images
---@param options? srq.SensitivityOptions
---@return srq.Sensitivity
function srq.sensitivity(network, images, options) end

---Upscales and scores every image of a folder: HR/name.png with LR_xS/namexS.png, or HR images alone.
---@param network srq.Model
---@param folder string
---@param options? srq.EvaluationOptions
---@return srq.Evaluation
function srq.evaluate(network, folder, options) end

---@class srq.ImageModule
srq.image = {}

---@param path string
---@return srq.Image
function srq.image.read(path) end

---Returns a black, transparent image.
---@param width integer
---@param height integer
---@param options? {format?: srq.PixelFormat, type?: srq.PixelType} default rgb, uint8
---@return srq.Image
function srq.image.create(width, height, options) end

---Returns images of one height and kind in a row.
---@param images srq.Image[]
---@param options? {gap?: integer} how many black pixels lie between two
---@return srq.Image
function srq.image.beside(images, options) end

return srq
